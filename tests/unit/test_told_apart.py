"""The same trials before and after the machine's states are told apart."""

import math

import pandas as pd
import pytest

from figures import hollow, overlapping, texts
from middlebench.analysis.told_apart import TOLD_APART_COLUMNS, apart, told_apart
from middlebench.figures.drawing.style import Style
from middlebench.figures.states import NOTHING, states_figure
from records import make_record, write_record
from scripts import Params, run_script

STATES = {"idle_idle_near": 0.5, "busy_idle_near": 0.37, "unknown": 0.13}


def test_both_sides_are_of_one_record(tmp_path):
    """All states' counters together, unknown among them; and the judged one's alone."""
    record = make_record(rate_mbit=300, loss_ratio=0.2, states=STATES)
    path = write_record(tmp_path, record)
    (row,) = told_apart([path]).to_dict("records")
    tallies = record["states"].values()
    together = [sum(tally[key] for tally in tallies) for key in ("received", "duration_s")]
    assert row["all_pps"] == pytest.approx(together[0] / together[1], abs=0.001)
    alone = record["states"]["idle_idle_near"]
    assert row["own_pps"] == pytest.approx(alone["received"] / alone["duration_s"], abs=0.001)
    assert row["all_pps"] != row["own_pps"]
    assert (row["state"], row["rate_mbit"], row["flows"]) == ("alone", 300, 100)


def test_what_says_nothing_is_on_neither_side(tmp_path):
    """Records without states, and those whose verdict says nothing about the DUT."""
    records = [
        make_record(rate_mbit=100, states=None),
        make_record(rate_mbit=200, verdict="disturbed", states=STATES),
    ]
    table = told_apart([write_record(tmp_path, record) for record in records])
    assert table.empty
    assert list(table.columns) == TOLD_APART_COLUMNS
    assert NOTHING in texts(states_figure(table, Style(), "NAT"))


def trials():
    """Of two series; at 200 Mbit/s all clean time differs, alone it does not, shared it does."""
    rows = [
        {"flows": flows, "rate_mbit": rate, "repetition": number, "state": state}
        | {"asked_pps": 1e4 * rate, "all_pps": 1e4 * rate * share, "own_pps": 1e4 * rate * own}
        for flows in (1, 100)
        for rate, shares in ((100, (1, 1, 1)), (200, (1, 0.8, 0.6)))
        for number, (share, own, state) in enumerate(
            zip(shares, (1, 0.99, 0.5), ("alone", "alone", "shared"), strict=True), start=1
        )
    ]
    return pd.DataFrame(rows)


def test_repetitions_are_as_far_apart_as_at_their_worst_rate():
    """Greatest less least, over the median; a rate with one trial says nothing."""
    table = trials()
    assert apart(table, "all_pps") == pytest.approx(0.5)
    assert apart(table[table["state"] == "alone"], "own_pps") == pytest.approx(0.01 / 0.995)
    once = table[(table["repetition"] == 1) & (table["flows"] == 1)]
    assert math.isnan(apart(once, "all_pps"))


def test_a_row_a_series_and_a_column_a_side():
    """All trials on both sides; that of another state is hollow, and not in the words."""
    figure = states_figure(trials(), Style(), "NAT")
    before, after = figure.axes[:2]
    assert len(figure.axes) == 4
    assert list(before.lines[1].get_ydata()) == pytest.approx([1, 1, 1, 2, 1.6, 1.2])
    assert list(after.lines[1].get_ydata()) == pytest.approx([1, 0.99, 2, 1.98])
    assert hollow(after) == [(100, 0.5), (200, 1)]
    words = texts(figure).splitlines()
    assert "1 flow, all clean time: repetitions up to 50 % apart" in words
    assert "alone: repetitions up to 1 % apart" in words
    assert "beside a busy sibling (4 points)" in words
    assert overlapping(figure) == ([], [])


def test_script_draws_it_from_records(tmp_path):
    """PDF and PNG, the same each time."""
    records = [make_record(repetition=number, states=STATES) for number in (1, 2)]
    paths = [str(write_record(tmp_path, record)) for record in records]
    output = Params(pdf=str(tmp_path / "s.pdf"), png=str(tmp_path / "s.png"))
    made = []
    for _ in range(2):
        params = Params(style="{}", title="NAT")
        run_script("plot_states", input=Params(records=paths), output=output, params=params)
        made.append([(tmp_path / f"s.{kind}").read_bytes() for kind in ("pdf", "png")])
    assert made[0] == made[1]
