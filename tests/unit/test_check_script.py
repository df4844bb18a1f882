"""What a failed functional check tells a user to do."""

import json
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from scripts import run_script

ITEMS = [
    {"name": "outbound_passed", "passed": False, "detail": "nothing came out"},
    {"name": "arp_passed", "passed": True, "detail": "it did"},
    {"name": "frames_once", "passed": False, "detail": "twice"},
]


@pytest.fixture
def check(monkeypatch, tmp_path):
    """`check(function, dut settings)`: run the script of the check that finds ITEMS."""
    found = {"items": ITEMS, "passed": False, "why": None}
    asked = "middlebench.measuring.functional_check.check_function"
    monkeypatch.setattr(asked, lambda *_: found)
    for name in ("testbed_place", "testbed_lock"):
        monkeypatch.setattr(f"middlebench.testbeds.places.{name}", lambda _: nullcontext())
    monkeypatch.setattr("middlebench.hosts.lock.end_with_owner", lambda: None)

    def run(function, dut):
        run_script(
            "check_function",
            wildcards=SimpleNamespace(function=function, dut="ovs-dpdk", testbed="sandbox"),
            input=SimpleNamespace(program="x.flows", generator="softgen"),
            output=SimpleNamespace(check=tmp_path / "check.json"),
            params=SimpleNamespace(settings=json.dumps({"dut": dut}), made_from="{}"),
            config={"testbeds": {"sandbox": {}}},
        )

    return run


@pytest.mark.parametrize(
    ("dut", "advice"),
    [
        ({"function": {}}, "(is functions.neutron what it is meant to do? To measure"),
        ({}, "(To measure"),
    ],
)
def test_a_failure_says_what_to_look_at_and_what_to_type(check, capsys, dut, advice):
    """A trait may be wrong, of a function of one's own; all that failed is in what to type."""
    with pytest.raises(SystemExit):
        check("neutron", dut)
    assert capsys.readouterr().err == (
        "middlebench: neutron: outbound_passed fails: nothing came out; "
        f"neutron: frames_once fails: twice {advice} it all the same: "
        "expected_failures: {neutron: [outbound_passed, frames_once]})\n"
    )
