"""What results are made from: each ingredient by its name, and nothing that does not count."""

import itertools
import json
from collections import Counter

import pytest

from configurations import DEFAULT, GIT, TARBALL, changed
from middlebench.experiment.grid import figure_points
from middlebench.files.canonical import text_digest
from middlebench.planning.made_from import MadeFrom
from workspace import REPOSITORY

NAT = ("sandbox", "ovs-dpdk", "nat", "udp")
OWN_SWITCH = changed("software", {**DEFAULT["software"], "ovs": TARBALL, "dpdk": GIT})


def named(*what) -> str:
    """Stands for the code of a rule."""
    return " ".join(str(part) for part in what if part)


def made_from(config=DEFAULT, **parts) -> MadeFrom:
    """With names instead of digests of code and files, unless others are given."""
    return MadeFrom(config, **{"code_line": named, "digest": ",".join} | parts)


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch):
    """Sources are looked for where Snakemake runs."""
    monkeypatch.chdir(REPOSITORY)


def test_a_point_is_made_from_its_settings_code_programs_calibration_and_check():
    """Of calibration and check not what was found, but what those are made from."""
    made = made_from()
    found = made.point("{}", *NAT)
    assert list(found) == [
        *("settings", "code", "nat.flows", "softgen", "build_program.py", "calibration", "check")
    ]
    assert found["settings"] == text_digest("{}")
    assert found["code"] == "measure_point ovs-dpdk sandbox"
    assert found["nat.flows"] == "workflow/middleboxes/open_vswitch/nat.flows"
    assert "workflow/loadgens/softgen/main.c" in found["softgen"].split(",")
    assert json.loads(made.point_param("{}", *NAT)) == found


def test_a_calibration_knows_no_function_and_no_dut_but_its_own():
    """The one between ports of its kind; where there is none, the testbed alone."""
    found = made_from().calibration("sandbox", "vhost-user", "udp")
    assert found["code"] == "calibrate wire sandbox"
    assert set(found) == {"settings", "code", "softgen", "build_program.py"}
    assert made_from().calibration("sandbox", "dpdk", "udp")["code"] == "calibrate sandbox"


@pytest.mark.parametrize(
    ("config", "differ"),
    [
        (changed("calibration/repetitions", 9), {"calibration"}),
        (changed("expected_failures", {"nat": ["reply_translated"]}), {"check"}),
        (changed("duts/ovs-dpdk/snat_address", "203.0.113.1"), {"check"}),
        (changed("gating/slice_us", 500), {"calibration"}),
        (changed("defaults/seed", 7), {"calibration", "check"}),
        (OWN_SWITCH, {"ovs", "check"}),
        (changed("style/dpi", 99), set()),
        (changed("figures/nat_64b/title", "NAT"), set()),
    ],
    ids=lambda value: ",".join(sorted(value)) if isinstance(value, set) else "",
)
def test_a_change_of_the_configuration_changes_what_it_is_an_ingredient_of(config, differ):
    """The point's own settings are given, and so the same."""
    before, after = (made_from(of).point("{}", *NAT) for of in (DEFAULT, config))
    assert {name for name in {*before, *after} if before.get(name) != after.get(name)} == differ


def test_a_build_is_its_settings_and_its_script():
    """It has no file before it is built."""
    found = made_from(OWN_SWITCH).dut("ovs-dpdk", "nat")
    assert list(found) == ["nat.flows", "ovs"]
    other = made_from(OWN_SWITCH, code_line=lambda *what: named("new", *what))
    assert other.dut("ovs-dpdk", "nat")["ovs"] != found["ovs"]


def test_a_program_of_ours_is_its_sources():
    """Not the file that is built of them."""
    found = made_from().dut("token-bucket", "forward")
    assert list(found) == ["token_bucket"]
    assert "workflow/middleboxes/token_bucket/token_bucket.c" in found["token_bucket"].split(",")


def test_what_is_loaded_before_mos_is_its_sources_too():
    """Of the variant that it is loaded before, and of no other."""
    dpdk, pcap = (
        changed("software", {**DEFAULT["software"], "mos": GIT | {"variant": variant}})
        for variant in ("dpdk", "pcap")
    )
    assert "pcap_polled" not in made_from(dpdk).dut("mos", "nat")
    found = made_from(pcap).dut("mos", "nat")
    assert set(found) == {"mos.conf", "mos", "pcap_polled", "simple_firewall.conf"}
    assert "workflow/middleboxes/pcap_polled/pcap_polled.c" in found["pcap_polled"].split(",")


def test_settings_are_those_of_the_figure_that_asks():
    """And no point without one has any."""
    made = made_from()
    point = figure_points(DEFAULT, "nat_64b")[0]
    assert json.loads(made.point_settings(point))["stage"] == "coarse"
    with pytest.raises(KeyError):
        made.point_settings(type(point)(**(vars(point) | {"rate_mbit": 101})))


def test_a_plan_is_how_far_to_go_and_the_code():
    """Its records come on top, when they are there."""
    made = made_from()
    settings = text_digest(made.plan_settings("nat_64b"))
    without = {"settings": settings, "code": "plan_points"}
    assert made.plan_without_records("nat_64b") == without
    assert made.plan("nat_64b", ["not_there.json"]) == {**without, "records": "missing"}


def test_contents_of_no_file_are_the_code_alone():
    """A digest of nothing would be a digest."""
    made = made_from(digest=None)
    assert json.loads(made.contents("plot_cost")) == {"code": "plot_cost", "files": ""}
    files = made_from().contents("plot_cost", "a.yaml", "b.yaml")
    assert json.loads(files)["files"] == "a.yaml,b.yaml"


def test_thousands_of_points_look_at_code_and_files_once():
    """For each rule, each set of files."""
    asked = Counter()

    def counting(*what):
        asked[what] += 1
        return "x"

    made = made_from(code_line=counting, digest=counting)
    for rate, function in itertools.product(range(500), ("nat", "firewall")):
        made.point_param(str(rate), "sandbox", "ovs-dpdk", function, "udp")
    assert set(asked.values()) == {1}
    assert len(asked) == 7  # four rules, two files of OpenFlow rules, the sources of softgen
