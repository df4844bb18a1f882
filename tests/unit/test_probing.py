"""What the generator is told of hidden states, and the options that come of it."""

from types import SimpleNamespace

import pytest

from middlebench.loadgens.softgen import trial_options
from middlebench.machine.states import NAMES
from middlebench.measuring.probing import looking, told_apart
from records import make_record
from results import SETTINGS

MACHINE = {"busy_dut": 900, "busy_generator": 910, "far": 400}
SANDBOX = SimpleNamespace(dut_cpu=3, loadgen=None, polls=True)


def asked(rate_mbit=500, ceiling_pps=5e6, **gating):
    """A record that has begun."""
    point = make_record(rate_mbit=rate_mbit)
    point["calibration"]["ceiling_pps"] = ceiling_pps
    point["settings"] = SETTINGS | {"gating": SETTINGS["gating"] | gating}
    return point


def options(point, machine=MACHINE):
    """softgen's options of that point's trial."""
    told = looking(point["settings"], SANDBOX, told_apart(point, machine))
    return trial_options(500, 64, 10, told, 1)


def judged(point):
    """The states that it waits for, by name."""
    bits = options(point)["judged"]
    return {name for number, name in enumerate(NAMES) if bits >> number & 1}


def test_a_point_is_told_the_duts_cpu_and_the_limits_of_its_calibration():
    """In softgen's words."""
    found = options(asked())
    names = ("dut-cpu", "busy-dut", "busy-generator", "far", "state-windows")
    assert [found[name] for name in names] == [3, 900, 910, 400, 4]


@pytest.mark.parametrize(
    ("ceiling_pps", "state", "expected"),
    [
        (5e6, "alone", {"idle_idle_near", "idle_busy_near"}),
        (1.2e6, "alone", {"idle_idle_near"}),
        (5e6, "any", set(NAMES)),
    ],
    ids=["far from the generator's ceiling", "near it", "any"],
)
def test_clean_time_is_waited_for_in_the_judged_state(ceiling_pps, state, expected):
    """The generator's sibling matters near its ceiling alone: 0.98 of 1.2 Mpps are."""
    assert judged(asked(ceiling_pps=ceiling_pps, state=state)) == expected


@pytest.mark.parametrize("machine", [None, MACHINE | {"busy_dut": 0}])
def test_nobody_looks_where_the_calibration_tells_no_states(machine):
    """Nor is anything waited for."""
    assert not {"dut-cpu", "judged"} & options(asked(), machine).keys()


def test_nobody_looks_without_gating_or_where_the_generator_has_a_host_of_its_own():
    """Two hosts have two clocks."""
    ungated = SETTINGS | {"gating": None}
    assert looking(ungated, SANDBOX, MACHINE) == ungated
    apart = SimpleNamespace(dut_cpu=3, loadgen=object())
    assert looking(SETTINGS, apart, MACHINE) == SETTINGS
    assert told_apart(asked() | {"settings": ungated}, MACHINE) is None


def test_a_calibration_looks_without_limits():
    """It is to find them."""
    found = trial_options(500, 64, 10, looking(SETTINGS, SANDBOX, {}), 1)
    assert [found[name] for name in ("dut-cpu", "busy-dut", "far")] == [3, 0, 0]
    assert "judged" not in found
