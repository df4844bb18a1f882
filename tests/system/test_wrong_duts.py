"""Deliberately wrong DUTs: what the functional check says, and what a point is called all the same.

Most treat the hosts right that the functional check once asked about, and the load wrong.
docs/reliability.md prints WRONG_DUTS, which tests/reliability.py reads without running it.
"""

from typing import NamedTuple

import pytest

from middlebench.duts.interface import FOLDER
from middlebench.measuring.functional_check import check_function
from middlebench.measuring.point import measure_point
from workspace import REPOSITORY

RULES = REPOSITORY / "workflow/middleboxes/open_vswitch"
SHORT = {"warmup_ms": 50, "window_ms": 100, "max_windows": 4, "drain_ms": 50}
FLOWS, LOW_MBIT = 50, 50
FREEZE = f"""pid=$(cat {FOLDER}/vswitchd.pid)
freeze() {{ kill -STOP $pid; sleep $1; kill -CONT $pid; }}
"""


class WrongDut(NamedTuple):
    """One wrong DUT."""

    name: str
    function: str
    """Whose shipped rules are changed."""
    rules: tuple[tuple[str, str], ...]
    """(what stands in the rules, what stands there instead)."""
    check_items: tuple[str, ...] | None
    """The items of the functional check that fail; None: it is not asked, for want of time."""
    verdict: tuple[str, ...]
    """What the point may be called; none where the load, which goes one way, cannot see it.

    A stop is `stalled` when the load ends within it, `disturbed` where no time is left clean.
    """
    freeze: str | None = None
    """Shell words run beside the load, 0.1 s after the window began."""


WRONG_DUTS = [
    WrongDut(
        name="sends every frame twice",
        function="nat",
        rules=(("output:2", "output:2,output:2"), ("output:1", "output:1,output:1")),
        check_items=("frames_once",),
        verdict=("failed",),
    ),
    WrongDut(
        name="stands still for 300 ms of every 500 ms",
        function="forward",
        rules=(),
        check_items=None,
        verdict=("overloaded", "disturbed", "stalled"),
        freeze="while kill -0 $pid; do freeze 0.3; sleep 0.2; done",
    ),
    WrongDut(
        name="stands still once, for 1 s",
        function="forward",
        rules=(),
        check_items=None,
        verdict=("overloaded", "disturbed", "stalled"),
        freeze="freeze 1",
    ),
    WrongDut(
        name="a forwarder that rewrites addresses of the load",
        function="forward",
        rules=(
            (
                "table=0,in_port=1,",
                "table=0,priority=40000,in_port=1,ip,nw_src=10.0.0.0/16,"
                "actions=mod_nw_src:10.9.9.9,output:2\ntable=0,in_port=1,",
            ),
        ),
        check_items=("outbound_passed", "reply_passed"),
        verdict=("failed",),
    ),
    WrongDut(
        name="a forwarder that rewrites ports of the load",
        function="forward",
        rules=(
            (
                "table=0,in_port=1,",
                "table=0,priority=40000,in_port=1,udp,nw_src=10.0.0.0/16,"
                "actions=mod_tp_src:77,output:2\ntable=0,in_port=1,",
            ),
        ),
        check_items=("outbound_passed", "reply_passed"),
        verdict=("failed",),
    ),
    WrongDut(
        name="a NAT that translates 10.1.0.0/16 and lets the load out as it is",
        function="nat",
        rules=(
            (
                "table=1,in_port=1,ip,ct_state=+trk+new-snat,",
                "table=1,priority=9,in_port=1,ip,ct_state=+trk+new,"
                "actions=ct(commit,zone=1),output:2\n"
                "table=1,priority=9,in_port=1,ip,ct_state=+trk+est,actions=output:2\n"
                "table=1,in_port=1,ip,nw_src=10.1.0.0/16,ct_state=+trk+new-snat,",
            ),
        ),
        check_items=("outbound_passed",),
        verdict=("failed",),
    ),
    WrongDut(
        name="a NAT that translates the load to a wrong address",
        function="nat",
        rules=(
            (
                "table=1,in_port=1,ip,ct_state=+trk+new-snat,",
                "table=1,priority=40000,in_port=1,ip,nw_src=10.0.0.0/16,ct_state=+trk+new-snat,"
                "actions=ct(commit,zone=1,nat(src=200.200.200.201)),output:2\n"
                "table=1,in_port=1,ip,ct_state=+trk+new-snat,",
            ),
        ),
        check_items=("outbound_passed",),
        verdict=("failed",),
    ),
    WrongDut(
        name="a NAT that drops replies to hosts of the load",
        function="nat",
        rules=(
            (
                "table=1,in_port=2,ip,ct_state=+trk+est,",
                "table=1,priority=40000,in_port=2,ip,nw_dst=10.0.0.0/16,ct_state=+trk+est,"
                "actions=drop\ntable=1,in_port=2,ip,ct_state=+trk+est,",
            ),
        ),
        check_items=("reply_translated",),
        verdict=(),
    ),
    WrongDut(
        name="a NAT that lets out what it has no port for as it is",
        function="nat",
        rules=(
            (
                "table=2,zone=1,nat(src=${snat_address}))",
                "zone=1,nat(src=${snat_address})),output:2",
            ),
        ),
        check_items=("untranslated_dropped",),
        verdict=(),
    ),
    WrongDut(
        name="a firewall that drops two strangers alone",
        function="firewall",
        rules=(
            (
                "table=1,in_port=2,ip,ct_state=+trk+new,actions=drop",
                "table=1,priority=40000,in_port=2,ip,nw_src=198.19.1.1,actions=drop\n"
                "table=1,priority=40000,in_port=2,ip,nw_src=203.0.113.1,actions=drop\n"
                "table=1,in_port=2,ip,ct_state=+trk+new,actions=ct(commit),output:1",
            ),
        ),
        check_items=("unsolicited_dropped",),
        verdict=(),
    ),
    WrongDut(
        name="a bridge that lowers the TTL",
        function="forward",
        rules=(
            (
                "table=0,in_port=1,",
                "table=0,priority=40000,in_port=1,ip,actions=dec_ttl,output:2\ntable=0,in_port=1,",
            ),
        ),
        check_items=("frames_unchanged",),
        verdict=("failed",),
    ),
    WrongDut(
        name="a bridge that rewrites destination MAC addresses",
        function="forward",
        rules=(
            (
                "table=0,in_port=1,",
                "table=0,priority=40000,in_port=1,ip,"
                "actions=mod_dl_dst:02:00:00:00:00:ff,output:2\ntable=0,in_port=1,",
            ),
        ),
        check_items=("frames_unchanged",),
        verdict=("failed",),
    ),
]


NAMES = [wrong.name for wrong in WRONG_DUTS]

FIRST_HERE = (
    "a forwarder that rewrites addresses of the load",
    "a forwarder that rewrites ports of the load",
)
"""Whose points no other test measures: test_wrong_load.py has the like of the others that are
`failed`, with the words of each reason, test_standing_still.py of those that stand still."""


def of(chosen, fast=NAMES):
    """Parametrize with some of the rows; those that are not fast are slow."""
    rows = [
        pytest.param(wrong, id=wrong.name, marks=() if wrong.name in fast else pytest.mark.slow)
        for wrong in chosen
    ]
    return pytest.mark.parametrize("wrong", rows)


@pytest.fixture
def wrong_parts(parts, tmp_path):
    """`wrong_parts(wrong)`: the parts with its rules, made of the shipped ones."""

    def make(wrong):
        rules = tmp_path / f"{wrong.function}.flows"
        text = (RULES / rules.name).read_text(encoding="utf-8")
        for right, instead in wrong.rules:
            assert right in text
            text = text.replace(right, instead)
        rules.write_text(text, encoding="utf-8")
        return parts(wrong.function, rules)

    return make


@pytest.mark.usefixtures("asked_once")
@of([wrong for wrong in WRONG_DUTS if wrong.check_items is not None])
@pytest.mark.tried("lies")
def test_a_wrong_dut_fails_the_functional_check(wrong, wrong_parts, settings):
    """The items made for its fault fail, and no other, so no point of it is measured."""
    found = check_function(wrong_parts(wrong), settings | {"expected_failures": []})
    failed = {item["name"]: item["detail"] for item in found["items"] if not item["passed"]}
    assert set(failed) == set(wrong.check_items), failed
    assert not found["passed"]


@of([wrong for wrong in WRONG_DUTS if wrong.verdict], fast=FIRST_HERE)
@pytest.mark.tried("lies")
def test_a_wrong_dut_that_is_measured_all_the_same_gives_no_number(
    wrong, wrong_parts, settings, calibration, within_the_window
):
    """It is never `ok`: wrong or doubled frames make it `failed`; a stop of the DUT is judged."""
    durations = settings["durations"]
    if wrong.freeze:
        within_the_window(FREEZE + wrong.freeze)
    else:
        durations = durations | SHORT
    cell = {"testbed": "sandbox", "dut": "ovs-dpdk", "function": wrong.function, "repetition": 1}
    cell |= {"frame_size": 64, "flows": FLOWS, "rate_mbit": LOW_MBIT}
    chosen = settings | {"durations": durations}
    point = measure_point(cell, chosen, wrong_parts(wrong), calibration)
    assert point["verdict"]["name"] in wrong.verdict, point["verdict"]
    if wrong.verdict == ("failed",):
        assert "frames came back" in point["verdict"]["reason"]
