"""The tables of evidence: what is measured, what is counted, and that it can go on."""

import inspect
import json
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

import evidence
from compared import SETTINGS, starts_of
from evidence import KINDS, asked, next_kind, rows_of, table, taken_away
from middlebench.analysis.comparing import pairs
from middlebench.experiment.comparisons import comparison_settings
from middlebench.experiment.config import validate
from middlebench.measuring import calibration


def row(kind, decision, ratio, reach=0.01, seconds=60.0):
    """A line of the file."""
    ends = {"ratio": ratio, "low": ratio - reach, "high": ratio + reach}
    return {"kind": kind, "decision": decision, "seconds": seconds, "made": 8} | ends


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_is_a_comparison_of_the_configuration(name):
    """With the shipped `comparing`; a slower bucket has so much less capacity."""
    config = asked(KINDS[name])
    validate(config)
    settings = comparison_settings(config, "evidence")
    assert settings["margin"] == config["comparing"]["margin"]
    base, other = (of["settings"]["dut"] for of in settings["variants"])
    if KINDS[name].dut == "token-bucket":
        assert other["capacity_pps"] / base["capacity_pps"] == KINDS[name].truth
    else:
        assert other == base


def test_what_is_taken_away_is_a_slow_down_of_known_size():
    """2 % of what one received: the ratio is 0.98, and the starts are left as they are."""
    starts = starts_of(np.zeros((12, 1)), np.random.default_rng(1))
    before = json.dumps(starts)
    seen = pairs(taken_away(starts, 0.98), ["base", "other"], SETTINGS)[0]
    assert seen["ratio"] == pytest.approx(0.98, rel=1e-4)
    assert json.dumps(starts) == before


def test_kinds_take_turns_until_there_are_enough():
    """The one that lacks the largest share comes next."""
    wanted = {"same": 2, "slower-2": 1, "slower-5": 0}
    order = []
    while name := next_kind([{"kind": of} for of in order], wanted):
        order.append(name)
    assert order == ["same", "slower-2", "same"]
    assert next_kind([{"kind": "same", "error": "base: gone"}], {"same": 1}) == "same"


def test_a_file_that_was_cut_off_goes_on(tmp_path):
    """A line without its end is no comparison; no file is none."""
    path = tmp_path / "evidence.jsonl"
    assert rows_of(path) == []
    whole = json.dumps(row("same", "not slower", 1.0))
    path.write_text(f"{whole}\n{whole[:-9]}", encoding="utf-8")
    assert len(rows_of(path)) == 1


def test_the_table_counts_decisions_and_intervals_that_hold():
    """Undecided ones without a ratio are in no mean."""
    undecided = row("same", "undecided", 1.0, seconds=119.0) | {"ratio": None}
    rows = [row("same", "not slower", 1.002), row("same", "slower", 0.986), undecided]
    rows.append({"kind": "same", "error": "base: gone"})
    *_, line, _, count, error = table(rows).splitlines()
    assert (count[-3:], error) == (": 1", "same: base: gone")
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[1:] == ["3", "1", "1", "1", "1 of 2", "0.9940", "60 (119)", "8"]


def test_what_is_measured_is_set_up_as_the_shipped_configuration_says(tmp_path, monkeypatch):
    """The generator's calibration is that of the ports; each comparison gets it, until all are."""
    calibrated, compared_ = [], []

    def calibrate(*about):
        calibrated.append(inspect.signature(calibration.calibrate).bind(*about).arguments)
        return {"ceiling_pps": 1.0}

    def tried(kind, programs, found, generator):
        compared_.append((kind, programs[kind.dut], found, generator))
        return {"decision": "slower"}

    monkeypatch.setattr(evidence, "build", lambda source, folder: folder / Path(source).name)
    monkeypatch.setattr(evidence, "machine_lock", nullcontext)
    monkeypatch.setattr(evidence, "calibrate", calibrate)
    monkeypatch.setattr(evidence, "tried", tried)
    rows = []
    for row in evidence.measured({"same": 1, "slower-2": 1}, rows):
        rows.append(row)
    assert [row["kind"] for row in rows] == ["same", "slower-2"]
    assert {found["ceiling_pps"] for _, _, found, _ in compared_} == {1.0}
    settings = calibrated[0]["settings"]
    assert (calibrated[0]["dut"], settings["gating"]["state"]) == ("wire", "alone")
