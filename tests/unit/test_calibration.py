"""A calibration keeps what tells the machine's states apart, from its own trials."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, repeat
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_clusters import busy, idle, probe

from middlebench.measuring import calibration
from middlebench.records.job_files import read_calibration
from middlebench.records.record import write
from results import SETTINGS, make_result

HIGHEST = probe(idle(500), idle(500, 1700))
LOW = probe(busy(500), idle(500, 1700))
TRIALS = 20
"""More, at most, until both siblings were once idle."""


@pytest.fixture
def calibrated(monkeypatch):
    """Calibrate with trials of these probes: at the highest rate and below; `trials()` counts."""

    trials = []

    def of(at_ceiling, at_floor, **told):
        trials.clear()
        low = at_floor if isinstance(at_floor, Iterator) else repeat(at_floor)

        def run_trial(rate_mbit, *_):
            trials.append(rate_mbit)
            return make_result() | {"probe": at_ceiling if rate_mbit > 10_000 else next(low)}

        @contextmanager
        def assembled(*_):
            generator = SimpleNamespace(run_trial=run_trial, facts=lambda _: {})
            yield SimpleNamespace(
                generator=generator,
                dut=SimpleNamespace(facts=dict),
                dut_cpu=0,
                loadgen=None,
                polls=True,
            )

        monkeypatch.setattr(calibration, "assembled", assembled)
        monkeypatch.setattr(calibration, "host_facts", lambda _: {})
        settings = SETTINGS | {"repetitions": 2, "floor_load_ratio": 0.1, "idle_trials": TRIALS}
        return calibration.calibrate("wire", 64, 100, settings, Path("softgen"), **told)

    of.trials = lambda: len(trials)
    return of


def test_a_long_calibration_says_how_far_it_is(calibrated, monkeypatch):
    """A line every 5 s at most, by a clock that moves 3 s a look; with short trials none."""
    said: list[str] = []
    for seconds, lines in ((3, [1, 3]), (0.1, [])):
        said.clear()
        clock = count(step=seconds)
        monkeypatch.setattr(calibration, "monotonic", lambda clock=clock: next(clock))
        calibrated(HIGHEST, LOW, say=said.append)
        assert said == [f"generator, 64 B, 100 flows: trials so far: {done}" for done in lines]


def test_all_trials_of_a_calibration_tell_states_apart(calibrated, tmp_path):
    """The idle ones at the ceiling and the busy ones below it together; a line says what it was."""
    found = calibrated(HIGHEST, LOW)
    assert 1620 < found["machine"]["busy_dut"] < 1950
    said = calibration.describe(found)
    assert "; dut's CPU: sibling idle 15" in said
    assert "(50% of the time)" in said
    assert "\n" not in said
    path = tmp_path / "64b_100flows.json"
    write(found, path)
    assert read_calibration(path, 64, 100)["machine"] == found["machine"]


def test_it_looks_on_until_both_siblings_were_once_idle(calibrated):
    """For so many trials more: a neighbour may work for seconds."""
    always = probe(busy(500), busy(500))
    found = calibrated(always, always)
    assert found["machine"]["idle_dut_cycles"] is None
    assert "never idle" in calibration.describe(found)
    assert calibrated.trials() == 4 + TRIALS
    rested = calibrated(always, iter([always, always, always, HIGHEST]))
    assert rested["machine"]["idle_dut_cycles"] is not None
    assert calibrated.trials() == 6


@pytest.mark.parametrize("nothing", [None, {}])
def test_a_calibration_without_probes_knows_no_states(calibrated, nothing):
    """On a hardware testbed it is null, and no word is lost on it."""
    found = calibrated(nothing, nothing)
    assert found["machine"] is None
    assert calibration.describe(found).endswith(" us")
