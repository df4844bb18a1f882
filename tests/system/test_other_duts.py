"""DUTs that are neither the kernel alone nor Open vSwitch with DPDK, with real packets."""

from typing import NamedTuple

import pytest

from configurations import DEFAULT
from middlebench.duts.registry import DUTS
from middlebench.experiment.grid import check_settings
from middlebench.measuring.functional_check import check_function
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import measure_point
from middlebench.records import record
from workspace import REPOSITORY

SLOW = pytest.mark.slow
SNAT = {"snat_address": "200.200.200.200"}


class Case(NamedTuple):
    """What a DUT is given, and what is expected of it."""

    dut: str
    function: str
    settings: dict
    fails: set
    """Items of its functional check."""
    facts: dict
    """Some of what its record says that it is."""


def case(*of, slow=False):
    """A case of a test, named by DUT and function."""
    made = Case(*of)
    marks = [SLOW] if slow else []
    return pytest.param(made, id=f"{made.dut}.{made.function}", marks=marks)


SWITCH = {"name": "Open vSwitch", "dpdk": "none"}
SHARED = {"reply_translated", "hosts_told_apart", "connections_tracked"}
MENDED = {"pasta": {"connections_tracked", "unsolicited_dropped"}}
"""What a later version, Debian 13's, does right."""
SLIRP = {"name": "slirp4netns"}
FLOOR = {"name": "dpdk-testpmd"}
CASES = [
    case("ovs-userspace", "nat", SNAT, set(), SWITCH),
    case("ovs-userspace", "forward", SNAT, set(), SWITCH, slow=True),
    case("ovs-userspace", "stateless_firewall", SNAT, set(), SWITCH, slow=True),
    case("ovs-userspace", "firewall", SNAT, set(), SWITCH, slow=True),
    case(
        "pasta",
        "nat",
        SNAT,
        {"frames_unchanged", "unsolicited_dropped", *SHARED},
        {"name": "pasta"},
    ),
    case("slirp4netns", "nat", SNAT, {"frames_unchanged", "unsolicited_dropped"}, SLIRP),
    case("linux", "masquerade", SNAT, set(), {"rules": "masquerade.nft"}, slow=True),
    case("testpmd", "rewrite", {}, set(), FLOOR | {"rules": "rewrite.options"}),
    case("testpmd", "forward", {}, set(), FLOOR, slow=True),
    case("testpmd", "forward_mac", {}, set(), FLOOR, slow=True),
]


def parts_of(case, binary):
    """The DUT with its file, and the generator."""
    return Parts(
        case.dut, case.function, REPOSITORY / DUTS[case.dut].program_file(case.function), binary
    )


def given(case):
    """The DUT's settings as a job gets them."""
    config = DEFAULT | {"duts": {case.dut: case.settings}}
    return check_settings(config, "sandbox", case.dut, case.function, "udp")["dut"]


@pytest.mark.parametrize("case", CASES)
def test_what_they_do_and_get_wrong(binary, settings, case):
    """Every item of the functional check passes but those that are known not to.

    Of these all fail, but for what a later version may have mended.
    """
    asked = settings | {"dut": given(case), "protocol": "udp"}
    found = check_function(parts_of(case, binary), asked | {"expected_failures": [*case.fails]})
    failed = {item["name"] for item in found["items"] if not item["passed"]}
    surely = case.fails - MENDED.get(case.dut, set())
    assert surely <= failed <= case.fails, found["items"]
    assert case.facts.items() <= found["software"].items()


@pytest.mark.parametrize("case", [of for of in CASES if not of.marks])
def test_a_point_of_each(binary, short, calibration, case):
    """A whole record, whose counts of frames add up and whose state is as expected."""
    cell = {"testbed": "sandbox", "dut": case.dut, "function": case.function, "repetition": 1}
    cell |= {"frame_size": 64, "flows": 100, "rate_mbit": 10}
    asked = short | {"dut": given(case), "protocol": "udp"}
    point = measure_point(cell, asked, parts_of(case, binary), calibration)
    record.check(point)
    totals, switch, state = point["totals"], point["totals"]["switch"], point["state"]
    verdict, reason = point["verdict"]["name"], point["verdict"]["reason"]
    # slirp4netns now and then sends a flow on from another port than it began with
    moved = case.dut == "slirp4netns" and "the source port came out as" in reason
    assert verdict in ("ok", "overloaded", "disturbed") or moved, point["verdict"]
    assert state["found_after_window"] == state["expected_entries"]
    if switch:
        assert switch["inside_rx"] == totals["sent"]
        lost = switch["inside_rx_drop"] + switch["outside_unread"]
        assert totals["sent"] - totals["received"] == lost
