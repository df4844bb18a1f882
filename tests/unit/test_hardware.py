"""What decides a measurement on two hosts, and what of a testbed is refused."""

import copy
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench.duts.registry import DUTS
from middlebench.errors import ConfigError
from middlebench.experiment import grid
from middlebench.experiment.config import load, validate
from middlebench.experiment.dut_check import check_dut
from middlebench.loadgens.softgen import Softgen
from middlebench.measuring.calibration import describe, line_rate_bounds
from middlebench.records.verdict import decide
from records import LIMITS, make_record
from workspace import REPOSITORY

TALLINN = load(REPOSITORY / "config.yaml", REPOSITORY / "testbeds/tallinn.yaml")
CARDS = ["0000:04:00.0", "0000:04:00.1"]


def changed(*path, value):
    """The shipped testbed's configuration with another value (None: without the key)."""
    config = copy.deepcopy(TALLINN)
    at = config["testbeds"]["tallinn"]
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return config


DECISIVE = [
    (("ports", 0, "pci"), "0000:05:00.0"),
    (("loadgen", "ports", 1, "pci"), "0000:05:00.1"),
    (("loadgen", "host", "address"), "tartu"),
    (("host", "address"), "tartu"),
    (("loadgen", "moongen", "stamps"), "software"),
    (("loadgen", "generator"), "softgen"),
    (("clean_slate",), "reboot"),
]
INDIFFERENT = [
    (("host", "become"), None),
    (("host", "connect_timeout_s"), 5),
    (("loadgen", "host", "known_hosts"), "/elsewhere"),
    (("prepare", "dry"), True),
]


@pytest.mark.parametrize(("path", "value"), DECISIVE)
def test_what_decides_a_measurement_is_in_its_settings(path, value):
    """Changed, the points are measured again."""
    settings = grid.measuring_settings(changed(*path, value=value), "nat_64b")
    assert settings != grid.measuring_settings(TALLINN, "nat_64b")


@pytest.mark.parametrize(("path", "value"), INDIFFERENT)
def test_the_way_to_a_host_decides_nothing(path, value):
    """Nor does what preparation does about it: its result is an input of its own."""
    settings = grid.measuring_settings(changed(*path, value=value), "nat_64b")
    assert settings == grid.measuring_settings(TALLINN, "nat_64b")


def test_moongens_settings_decide_nothing_where_softgen_makes_the_load():
    """They may stay in the file."""
    softgen, other = (copy.deepcopy(TALLINN) for _ in range(2))
    for config in (softgen, other):
        config["testbeds"]["tallinn"]["loadgen"]["generator"] = "softgen"
    other["testbeds"]["tallinn"]["loadgen"]["moongen"]["path"] = "/elsewhere"
    one, two = (grid.measuring_settings(config, "nat_64b") for config in (softgen, other))
    assert one == two


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        (
            ("loadgen", "ports"),
            [{"pci": card} for card in reversed(CARDS)],
            r"testbeds.tallinn.loadgen.ports: 0000:04:00.1, 0000:04:00.0; allowed: the lower PCI",
        ),
        (
            ("clean_slate",),
            "reboot",
            r"testbeds.tallinn.clean_slate: reboot; allowed: null, as the generator is on that",
        ),
    ],
)
def test_a_testbed_that_cannot_be_measured_on_is_refused(path, value, line):
    """One line names key and reason."""
    config = changed(*path, value=value)
    if path == ("clean_slate",):
        testbed = config["testbeds"]["tallinn"]
        testbed["loadgen"]["host"]["address"] = testbed["host"]["address"]
    with pytest.raises(ConfigError, match=line):
        validate(config)


def test_a_dut_of_hosts_is_refused_in_a_sandbox():
    """And the calibration's path is named nowhere."""
    sandbox = {"virtual": True}
    there = ", ".join(n for n, of in DUTS.items() if of.measured and of.sandbox)
    assert there.startswith("ovs-dpdk, mos, linux, iptables, bridge, ")
    line = rf"^d: ovs-kernel is none of s's; allowed there: {there}$"
    with pytest.raises(ConfigError, match=line):
        check_dut("d", "ovs-kernel", "s", sandbox)


points = st.builds(
    grid.Point,
    testbed=st.just("t"),
    dut=st.sampled_from(["ovs-dpdk", "ovs-kernel"]),
    function=st.sampled_from(["nat", "firewall"]),
    frame_size=st.sampled_from([64, 1518]),
    flows=st.sampled_from([100, 10000]),
    rate_mbit=st.integers(1, 400_000),
    repetition=st.integers(1, 1100),
)


def series_of(point):
    """What its points have in common."""
    return (point.dut, point.function, point.frame_size, point.flows)


@given(st.lists(points, unique=True, max_size=40), st.integers(0, 2**32 - 1))
def test_series_first_keeps_series_apart(some, seed):
    """No point comes between two of another series; all fit into 63 bit."""
    ordered = sorted(some, key=lambda point: grid.order(point, seed, series_first=True))
    changes = sum(series_of(one) != series_of(other) for one, other in itertools.pairwise(ordered))
    assert changes <= max(len(set(map(series_of, some))) - 1, 0)
    assert all(grid.order(point, seed, series_first=True) < 2**63 for point in some)


@given(points, st.integers(0, 2**32 - 1))
def test_the_reboot_is_before_all_of_its_series(point, seed):
    """It is repetition 0."""
    mark = grid.Point("t", *series_of(point), 0, 0)
    assert grid.order(mark, seed, series_first=True) < grid.order(point, seed, series_first=True)


def test_what_bounds_a_generator_on_cables_is_their_line_rate():
    """Nothing was measured, and it says so."""
    found = line_rate_bounds(64, 100, {"link_mbit": 10_000})
    assert found["ceiling_pps"] == pytest.approx(14_880_952, abs=1)
    assert found["floor_ns"] is None
    assert found["measured"] is False
    assert "at most line rate, 14.88 Mpps (7619 Mbit/s)" in describe(found)


def test_a_verdict_names_the_line_rate_where_no_generator_was_measured():
    """It is not the generator's ceiling."""
    record = make_record(rate_mbit=100)
    record["calibration"] = {"ceiling_pps": 14.88e6, "floor_ns": None, "measured": False}
    for part in ("raw", "gated"):
        record[part]["skipped"] = record[part]["offered"]
    reason = decide(record, LIMITS).reason
    assert "line rate at 64 B" in reason
    assert "ceiling" not in reason


class Recording:
    """A place where commands are written down."""

    folder = "/run/x"

    def __init__(self):
        self.commands = []

    def path(self, file):
        """As it is."""
        return str(file)

    def run(self, command, poll_s=0.0, limit_s=0.0):
        """Done."""
        del poll_s, limit_s
        self.commands.append(command)
        return type("Result", (), {"stdout": ""})


@pytest.mark.parametrize(
    ("devices", "words"),
    [
        (CARDS, "--in-memory --no-telemetry --log-level=*:error -a 0000:04:00.0 -a 0000:04:00.1"),
        (
            ["net_af_packet0,iface=l1", "net_af_packet1,iface=l2"],
            "-m 128 --vdev net_af_packet0,iface=l1 --vdev net_af_packet1,iface=l2",
        ),
    ],
)
def test_softgen_takes_cards_or_virtual_devices(tmp_path, devices, words):
    """Cards with hugepages and no others of the host's; virtual devices without either."""
    place = Recording()
    (tmp_path / "softgen").touch()
    assert Softgen(place, tmp_path / "softgen", 1, devices).exchange([(0, b"x")]) == []
    command = place.commands[1]
    assert words in command
    assert ("--no-pci" in command) == (devices is not CARDS)
