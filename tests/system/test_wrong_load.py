"""Switches that do something else with the load than their function says: no point is valid."""

import pytest
from test_point import LOW_MBIT, identity

from middlebench.errors import GeneratorError
from middlebench.loadgens import softgen
from middlebench.measuring.point import measure_point
from workspace import REPOSITORY

NAT = (REPOSITORY / "workflow/middleboxes/open_vswitch/nat.flows").read_text("utf-8")
FLOWS = 100
OUT = "table=0,in_port=1,ip,actions={},output:2\n"
FORWARD = "table=0,in_port=1,ip,actions=output:2\n"
ONE_HOST = "table=0,priority=40000,in_port=1,udp,nw_src=10.0.0.55,actions={},output:2\n"
WRONG = {
    "every frame twice": ("forward", OUT.format("output:2"), "came back more than once"),
    "dec_ttl": ("forward", OUT.format("dec_ttl"), "the TTL came out as 63, expected 64"),
    "another destination MAC": (
        "forward",
        OUT.format("mod_dl_dst:02:00:00:00:00:09"),
        "the destination MAC came out as 02:00:00:00:00:09",
    ),
    "another port for one host of the load": (
        "forward",
        FORWARD + ONE_HOST.format("mod_tp_dst:10"),
        "of 10.0.0.55:",
    ),
    "a VLAN for one host of the load": (
        "forward",
        FORWARD + ONE_HOST.format("mod_vlan_vid:5"),
        "a frame of 60 B (without FCS) came out with 64 B",
    ),
    "hosts of the load translated to another address": (
        "nat",
        NAT.replace("nat(src=${snat_address})", "nat(src=200.200.200.201)"),
        "the source address came out as 200.200.200.201, expected 200.200.200.200",
    ),
    "hosts of the load not translated": (
        "nat",
        NAT.replace("table=2,zone=1,nat(src=${snat_address}))", "zone=1),output:2").replace(
            "+trk+snat", "+trk+est"
        ),
        "the source address came out as 10.0.0.1, expected 200.200.200.200",
    ),
}


def measured(parts, settings, calibration, tmp_path, case, rate_mbit):
    """(Point of a wrong switch, what its reason has to say)."""
    function, rules, said = WRONG[case]
    path = tmp_path / f"{function}.flows"
    path.write_text(rules, encoding="utf-8")
    cell = identity(function, FLOWS, rate_mbit)
    return measure_point(cell, settings, parts(function, path), calibration), said


@pytest.mark.tried("lies")
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_switch_fails_its_points(parts, settings, calibration, tmp_path, case):
    """What comes back of the load is compared with what the function makes of it: `failed`."""
    point, said = measured(parts, settings, calibration, tmp_path, case, LOW_MBIT)
    assert point["verdict"]["name"] == "failed"
    assert said in point["verdict"]["reason"]


@pytest.mark.tried("lies")
def test_a_wrong_switch_is_failed_and_not_overloaded(parts, settings, calibration, tmp_path):
    """Far above what it carries too, where it loses frames."""
    about = (parts, settings, calibration, tmp_path, "another destination MAC", 3000)
    point, said = measured(*about)
    assert point["raw"]["lost"] > 0
    assert point["verdict"]["name"] == "failed"
    assert said in point["verdict"]["reason"]


@pytest.mark.tried("words")
def test_what_comes_through_as_no_frame_of_the_load_is_told(
    parts, settings, calibration, tmp_path, monkeypatch
):
    """All frames in a VLAN: nothing is measured, and the line says what came instead."""
    monkeypatch.setattr(softgen, "READY_S", 1)
    rules = tmp_path / "forward.flows"
    rules.write_text(OUT.format("mod_vlan_vid:5"), encoding="utf-8")
    said = r"no frame came through in 1000 ms as it should: a frame of 60 B .* came out with 64 B"
    with pytest.raises(GeneratorError, match=said):
        measure_point(
            identity("forward", 10, LOW_MBIT), settings, parts("forward", rules), calibration
        )
