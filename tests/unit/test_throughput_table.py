"""What a series says: its file is believed only when the search would make just these trials."""

import copy
import json
from contextlib import nullcontext
from types import SimpleNamespace

import pandas as pd
import pytest

from figures import overlapping, texts
from middlebench.analysis.throughput import read_series, throughput_table
from middlebench.errors import DutError, RecordError
from middlebench.figures.drawing.style import Style
from middlebench.figures.throughput.figure import throughput_figure
from middlebench.hosts import lock
from middlebench.measuring import throughput, trial_of_series
from middlebench.measuring.throughput import describe
from middlebench.records.record import write
from middlebench.testbeds import places
from scripts import Params, run_script
from throughput_trials import CALIBRATION, CAPACITY, CELL, SERIES, measured, simulate, write_series


@pytest.fixture(scope="module")
def series():
    """The content of a file: 700 Mbit/s of 64 B frames, every fifth trial disturbed."""
    with pytest.MonkeyPatch.context() as put:
        return measured(put, every=5)


def test_the_table_has_what_was_planted(tmp_path, series):
    """NDR, PDR, and both in all units, from 700 Mbit/s of 64 B frames: 1367188 packets/s."""
    table = throughput_table([write_series(tmp_path, series)])
    ndr, pdr = (table.loc[table["goal"] == name].iloc[0] for name in ("NDR", "PDR"))
    assert ndr["pps"] == pytest.approx(1367188, rel=0.005)
    assert ndr["pps"] == ndr["lower_pps"] <= 1367188 <= ndr["upper_pps"] * 1.0001
    assert ndr["width"] <= 0.005
    assert not ndr["at_least"]
    assert pd.isna(ndr["ended"])
    assert ndr["frame_mbit"] == pytest.approx(CAPACITY, rel=0.005)
    assert ndr["wire_mbit"] == pytest.approx(ndr["frame_mbit"] * 84 / 64, abs=0.002)
    # a link of 1 Gbit/s carries 1488095 frames of 64 B each second (RFC 2544, appendix B)
    for link in (1, 10, 25, 100):
        share = ndr["pps"] / (1488095.2 * link)
        assert ndr[f"share_of_{link}gbe"] == pytest.approx(share, abs=2e-6)
    assert pdr["loss_ratio"] == 0.005
    assert ndr["pps"] <= pdr["lower_pps"]
    assert pdr["pps"] == pytest.approx(1367188, rel=0.005)
    assert ndr["trials"] > ndr["trials_that_count"] > 0


def test_the_latency_is_that_below_the_ndr(tmp_path, series):
    """At 0, 10, 50 and 90 % of it, where 0 is 10000 packets/s; in the row of the NDR."""
    table = throughput_table([write_series(tmp_path, series)])
    ndr, pdr = (table.loc[table["goal"] == name].iloc[0] for name in ("NDR", "PDR"))
    assert ndr["latency_0_load_pps"] == 10000
    for percent in (10, 50, 90):
        load = ndr[f"latency_{percent}_load_mbit"]
        assert load == pytest.approx(percent / 100 * ndr["frame_mbit"], rel=1e-4)
        assert ndr[f"latency_{percent}_p50_ns"] == pytest.approx(1000 + load, rel=0.01)
        assert ndr[f"latency_{percent}_p99_ns"] > ndr[f"latency_{percent}_p50_ns"]
    assert pdr.filter(like="latency_").isna().all()


def test_a_series_is_said_in_one_line(series):
    """For the end of its job."""
    said = describe(series)
    assert said.startswith("nat 64 B 100 flows: NDR 69")
    assert "; PDR " in said
    assert "; judged alone (" in said
    assert "\n" not in said


def test_a_series_that_does_not_end_tells_what_is_known(monkeypatch, tmp_path):
    """Without a lower bound there is no throughput, and no latency below it."""
    goals = SERIES["goals"] | {"budget_s": 2}
    content = measured(monkeypatch, settings=SERIES | {"goals": goals})
    table = throughput_table([write_series(tmp_path, content)])
    assert table["ended"].str.contains("of traffic are spent").all()
    assert table["pps"].isna().all()
    assert not table["at_least"].any()
    assert "NDR not known" in describe(content)


def test_a_trial_that_gives_no_record_is_tried_again(monkeypatch):
    """A machine may be too busy to start one; what never starts ends the search."""
    good = measured(monkeypatch)
    make, calls, said = trial_of_series.measure_point, [], []

    def fails_twice(*about):
        calls.append(about)
        if len(calls) in (3, 4):
            raise DutError("did not start")
        return make(*about)

    monkeypatch.setattr(trial_of_series, "measure_point", fails_twice)
    about = (CELL, SERIES, None, CALIBRATION)
    found = throughput.measure_series(*about, made_from={"code": "any"}, say=said.append)
    assert [of["identity"] for of in found["tries"]] == [of["identity"] for of in good["tries"]]
    assert said.count("did not start; tried again 2 times at most") == 1

    def never(*about):
        raise DutError("did not start")

    monkeypatch.setattr(trial_of_series, "measure_point", never)
    with pytest.raises(DutError, match=r"^did not start$"):
        throughput.measure_series(*about)


def spoiled(series, change):
    """A copy with a change."""
    other = copy.deepcopy(series)
    change(other)
    return other


FAULTS = {
    "another form": (lambda of: of.update(schema=0), "schema is 0; allowed: the trials of a sea"),
    "no trials": (lambda of: of.update(tries=[]), "tries is no list of records; allowed: "),
    "a trial less": (lambda of: of["tries"].pop(), "its trials end before the search does; "),
    "a trial more": (
        lambda of: of["tries"].append(of["tries"][-1]),
        "trial ",
    ),
    "trials in another order": (
        lambda of: of["tries"].reverse(),
        "trial ",
    ),
    "a disturbed trial that is left out": (lambda of: of["tries"].pop(4), "trial "),
    "other goals": (lambda of: of["settings"]["goals"].update(sum_ms=900), "a trial at "),
    "another function": (
        lambda of: of["identity"].update(function="forward"),
        "trial 1: identity is that of another series; delete",
    ),
    "other settings": (
        lambda of: of["settings"]["trial"].update(seed=2),
        "trial 1: settings are not those of the series; delete",
    ),
    "a mended verdict": (
        lambda of: of["tries"][4].update(verdict={"name": "ok", "reason": "all is well"}),
        "trial 5: verdict is ok (",
    ),
    "a mended loss": (
        lambda of: of["tries"][0]["gated"].update(lost=0, loss_ratio=0.0),
        "trial 1: ",
    ),
}


@pytest.mark.tried("lies")
@pytest.mark.parametrize("name", FAULTS)
def test_the_file_of_a_throughput_is_edited_and_sealed_anew(tmp_path, series, name):
    """Refused in one line: what it says is found by going through its trials."""
    change, words = FAULTS[name]
    path = write_series(tmp_path, spoiled(series, change))
    with pytest.raises(RecordError) as caught:
        read_series(path)
    assert str(caught.value).startswith(f"{path}: {words}")
    assert str(caught.value).endswith("delete the file to search again")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_sealed_is_refused(tmp_path, series):
    """As every other one."""
    path = write_series(tmp_path, series)
    path.write_text(json.dumps(series), "utf-8")
    with pytest.raises(RecordError, match="has no seal"):
        read_series(path)


def table_of(monkeypatch, tmp_path):
    """Two functions, sizes and numbers of flows; one carries more than the generator makes."""
    paths = [
        write_series(
            tmp_path, measured(monkeypatch, of, function=name, frame_size=size, flows=flows)
        )
        for name, of in (("forward", 1e6), ("nat", 700))
        for size in (64, 1518)
        for flows in (10, 1000)
    ]
    return throughput_table(paths)


def test_the_figure_shows_and_says_it(monkeypatch, tmp_path):
    """Bars, line rates of links, latency; at least where nothing was too much."""
    figure = throughput_figure(table_of(monkeypatch, tmp_path), Style())
    words = texts(figure)
    for expected in (
        *("packets/s [millions]", "latency [us]", "load [% of the NDR]", "64 B frames"),
        *("1518 B frames", "forward", "nat", "1 GbE", "\N{GREATER-THAN OR EQUAL TO}"),
        *("goals sandbox", "NDR: 0 %", "PDR: 0.5 %", "Judged alone"),
    ):
        assert expected in words
    assert overlapping(figure) == ([], [])


def test_the_scripts_make_it_from_a_calibration(monkeypatch, tmp_path, capsys):
    """A search, its table and its figure, as Snakemake runs them."""
    simulate(monkeypatch)
    monkeypatch.setattr(places, "testbed_lock", lambda where: nullcontext())
    monkeypatch.setattr(lock, "end_with_owner", lambda: None)
    calibration = tmp_path / "64b_100flows.json"
    write(CALIBRATION | {"frame_size": 64, "flows": 100}, calibration)
    cell = {key: str(of) for key, of in CELL.items()} | {"tcp": ""}
    series, csv, log = (tmp_path / name for name in ("series.json", "throughput.csv", "log"))
    run_script(
        "measure_throughput",
        wildcards=SimpleNamespace(**cell),
        params=Params(settings=json.dumps(SERIES), made_from='{"settings": "any", "code": "x"}'),
        input=SimpleNamespace(program="p", generator="g", calibration=calibration, hosts=[]),
        output=SimpleNamespace(series=series),
        config={"testbeds": {"sandbox": {}}},
        log=[str(log)],
    )
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("nat 64 B 100 flows: NDR ")
    trials = log.read_text("utf-8").splitlines()
    assert trials[-1] == line
    assert len(trials) == 1 + len(read_series(series)[0]["tries"])
    run_script(
        "tabulate_throughput",
        input=SimpleNamespace(series=[series]),
        output=SimpleNamespace(csv=csv),
    )
    assert len(pd.read_csv(csv)) == 2
    drawn = {kind: tmp_path / f"throughput.{kind}" for kind in ("pdf", "png")}
    run_script(
        "plot_throughput",
        input=SimpleNamespace(throughput=[csv]),
        output=SimpleNamespace(**drawn),
        params=Params(style="{}"),
    )
    assert all(path.stat().st_size > 10_000 for path in drawn.values())


def test_a_figure_of_nothing_says_so():
    """As the others do."""
    assert "No throughput was measured." in texts(throughput_figure(pd.DataFrame(), Style()))
