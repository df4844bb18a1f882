"""mOS itself in the sandbox, with real packets, where its source is configured (`mos_built`)."""

import pytest

from middlebench.measuring.functional_check import check_function
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import measure_point
from middlebench.records import record
from mos_built import MARKS, build_real
from mos_sweep import DUT, FUNCTIONS, sweep
from workspace import REPOSITORY, build

pytestmark = MARKS

LOW_MBIT = 10
FLOWS = 100
SWEEP_S = 60


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Prefix of mOS, and the library that is loaded before it."""
    folder = tmp_path_factory.mktemp("mos")
    return build_real(folder), build("middleboxes/pcap_polled", folder)


@pytest.fixture
def settings(settings, installed):
    """Those of a short point."""
    prefix, library = installed
    brief = {"window_ms": 100, "max_windows": 20, "learn_pps": 20000}
    dut = DUT | {"prefix": str(prefix), "loaded_first": str(library)}
    durations = settings["durations"] | brief
    return settings | {"dut": dut, "durations": durations, "protocol": "tcp"}


def parts(function, binary):
    """What is put together."""
    return Parts("mos", function, REPOSITORY / "workflow/middleboxes/mos/mos.conf", binary)


def identity(function, flows=FLOWS):
    """The grid cell of a test."""
    cell = {"testbed": "sandbox", "dut": "mos", "function": function, "repetition": 1}
    return cell | {"frame_size": 64, "flows": flows, "rate_mbit": LOW_MBIT, "protocol": "tcp"}


@pytest.mark.parametrize("function", ["forward", *FUNCTIONS])
def test_its_samples_do_what_their_function_says(binary, settings, function):
    """All that is asked; of nat only that strangers' packets go in, which is expected."""
    expected = ["unsolicited_dropped"] if function == "nat" else []
    found = check_function(parts(function, binary), settings | {"expected_failures": expected})
    failed = [item["name"] for item in found["items"] if not item["passed"]]
    assert failed == expected
    assert found["software"]["name"] == "mOS"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_point_adds_up(binary, settings, calibration, function):
    """Connections and frames of both sides, and a verdict on the DUT."""
    point = measure_point(identity(function), settings, parts(function, binary), calibration)
    record.check(point)
    switch = point["totals"]["switch"]
    came, went = switch["inside_rx"], switch["outside_tx"] + switch["outside_unread"]
    assert came - went == switch["inside_rx_drop"]
    assert point["state"]["found_after_window"] == FLOWS
    assert point["verdict"]["name"] in ("ok", "disturbed", "overloaded"), point["verdict"]


def test_more_connections_than_streams_are_a_state_limit(binary, settings, calibration):
    """Ten connections have room; the other frames go out untranslated, and the point says why."""
    few = settings | {"dut": settings["dut"] | {"max_concurrency": 20}}
    point = measure_point(identity("nat", 40), few, parts("nat", binary), calibration)
    assert point["verdict"]["name"] == "failed"
    assert point["verdict"]["reason"].startswith("state limit: mOS says `Cannot allocate memory")


def test_no_soft_crash_in_a_minute(binary, installed):
    """With the most flows and the highest rates; tests/mos_sweep.py goes on for longer."""
    rows = list(sweep(*installed, binary, SWEEP_S))
    assert rows
    assert [row for row in rows if "error" in row or row["stalled"]] == []
    assert {row["at_end"] for row in rows} == {"process alive, statistics alive"}
