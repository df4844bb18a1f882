"""The DUTs `iptables` and `bridge`: the kernel with rules of iptables, with real packets."""

import pytest

from middlebench.duts.registry import DUTS
from middlebench.errors import DutError
from middlebench.measuring.functional_check import check_function
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import measure_point
from workspace import REPOSITORY

SLOW = pytest.mark.slow


def checked(binary, settings, dut, function, backend="nft", protocol="udp", rules=None):
    """The functional check of a DUT, and its items by name."""
    rules = rules or REPOSITORY / DUTS[dut].program_file(function)
    about = {"snat_address": settings["dut"]["snat_address"], "backend": backend}
    settings = settings | {"dut": about, "protocol": protocol, "expected_failures": []}
    found = check_function(Parts(dut, function, rules, binary), settings)
    return found, {item["name"]: item["passed"] for item in found["items"]}


@pytest.mark.parametrize(
    ("dut", "function", "backend", "protocol"),
    [
        pytest.param("iptables", "nat", "legacy", "udp", marks=SLOW),
        pytest.param("iptables", "nat", "nft", "udp", marks=SLOW),
        ("bridge", "firewall", "nft", "udp"),
        pytest.param("iptables", "firewall", "nft", "tcp", marks=SLOW),
        pytest.param("iptables", "nat", "legacy", "tcp", marks=SLOW),
        pytest.param("bridge", "firewall", "legacy", "tcp", marks=SLOW),
        pytest.param("bridge", "forward", "nft", "udp", marks=SLOW),
    ],
)
def test_they_do_what_their_name_says(binary, settings, dut, function, backend, protocol):
    """With either back end, which the record names; a bridge hands on ARP, a router does not."""
    found, items = checked(binary, settings, dut, function, backend, protocol)
    assert all(items.values()), found["items"]
    assert ("arp_passed" if dut == "bridge" else "arp_kept") in items
    assert {"nft": "nf_tables", "legacy": "legacy"}[backend] in found["software"]["iptables"]


@pytest.mark.tried("words")
@pytest.mark.parametrize("backend", ["nft", pytest.param("legacy", marks=SLOW)])
def test_iptables_message_has_file_and_line(binary, settings, tmp_path, backend):
    """Rules that it refuses: its own words, and nothing is measured."""
    rules = tmp_path / "nat.rules"
    text = (REPOSITORY / DUTS["iptables"].program_file("nat")).read_text(encoding="utf-8")
    rules.write_text(text.replace("ESTABLISHED", "ESTABLSHED"), encoding="utf-8")
    with pytest.raises(DutError, match=r'^\S*/nat\.rules:6: Bad ctstate "ESTABLSHED"$'):
        checked(binary, settings, "iptables", "nat", backend, rules=rules)


@pytest.mark.parametrize(("dut", "function"), [("iptables", "nat"), ("bridge", "firewall")])
def test_a_point_of_them_adds_up(binary, settings, calibration, dut, function):
    """Counters of the ports, softgen's, and the connections tracked."""
    brief = settings["durations"] | {"window_ms": 100, "max_windows": 4}
    cell = {"testbed": "sandbox", "dut": dut, "function": function, "repetition": 1}
    cell |= {"frame_size": 64, "flows": 1000, "rate_mbit": 50}
    about = {"snat_address": settings["dut"]["snat_address"], "backend": "nft"}
    rules = REPOSITORY / DUTS[dut].program_file(function)
    parts = Parts(dut, function, rules, binary)
    point = measure_point(cell, settings | {"dut": about, "durations": brief}, parts, calibration)
    totals, switch = point["totals"], point["totals"]["switch"]
    assert switch["inside_rx"] == totals["sent"]
    lost = switch["inside_rx_drop"] + switch["outside_unread"]
    assert totals["sent"] - totals["received"] == lost
    assert point["state"]["found_after_window"] == point["state"]["expected_entries"] == 1000
    assert point["verdict"]["name"] in ("ok", "disturbed")
