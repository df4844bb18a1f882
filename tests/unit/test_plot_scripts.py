"""The scripts from records to tables and figures, run as Snakemake runs them."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from figures import REFERENCE
from middlebench.records.record import write
from records import make_record, sandbox_records, write_record
from scripts import Params, run_script

LIMITS = '{"max_exceed_ratio": 0.25, "max_loss_ratio": 0.005}'


def test_scripts_make_everything_from_records(tmp_path):
    """The scripts lead from records to tables, comparison, cost and all figure files."""
    records = sandbox_records(function="firewall", knees={10000: 700}, rates=range(500, 901, 100))
    paths = [str(write_record(tmp_path, record)) for record in records]
    names = {name: str(tmp_path / f"{name}.csv") for name in ("points", "series", "rates")}
    disturbance, sweep, plan = (tmp_path / name for name in ("disturbance.csv", "sweep.csv", "2"))
    row = {
        "flows": 10000,
        "rate_mbit": 500,
        "stage": "coarse",
        "state": "measured",
        "why": "no more",
    }
    write({"more": [], "sweep": [row]}, plan)
    for script in ("aggregate_figure", "aggregate_testbed"):
        run_script(
            script,
            input=SimpleNamespace(records=paths, plans=[str(plan)]),
            output=SimpleNamespace(**names, disturbance=str(disturbance), sweep=str(sweep)),
            params=SimpleNamespace(limits=LIMITS),
            log=[str(tmp_path / f"{script}.log")],
        )
        said = "the DUT's core was shared 0 % of the time; 5 of 5 points hold alone\n"
        assert (tmp_path / f"{script}.log").read_text() == said
    assert len(pd.read_csv(disturbance)) == len(paths)
    assert pd.read_csv(sweep).to_dict("records") == [row]
    compared = {name: tmp_path / f"{name}.csv" for name in ("comparison", "corrections")}
    run_script(
        "compare_thesis",
        input=SimpleNamespace(series=[names["series"]], reference=REFERENCE, check=[]),
        output=SimpleNamespace(**compared),
    )
    assert list(pd.read_csv(compared["comparison"])["knee_mbit"].dropna()) == [700, 700]
    run_script(
        "compute_cost",
        input=SimpleNamespace(points=[names["points"]], turns=[]),
        output=SimpleNamespace(csv=tmp_path / "cost.csv"),
        params=SimpleNamespace(limits=LIMITS),
    )
    for script, table in (
        ("plot_comparison", {"comparison": [compared["comparison"]]}),
        ("plot_cost", {"cost": [tmp_path / "cost.csv"]}),
    ):
        pictures = {kind: tmp_path / f"{script}.{kind}" for kind in ("pdf", "png")}
        run_script(
            script,
            input=SimpleNamespace(**table),
            output=SimpleNamespace(**pictures),
            params=Params(style="{}"),
        )
        assert all(path.stat().st_size > 10_000 for path in pictures.values())
    made = {kind: str(tmp_path / f"f.{kind}") for kind in ("pdf", "png")}
    run_script(
        "plot_series",
        input=SimpleNamespace(**names, reference=REFERENCE),
        output=SimpleNamespace(**made),
        params=Params(style="{}"),
    )
    assert all(Path(path).stat().st_size > 10_000 for path in made.values())


def test_script_ends_with_one_line_on_a_broken_record(tmp_path, capsys):
    """A truncated record ends the script with status 1 and one line on stderr, without output."""
    record = write_record(tmp_path, make_record())
    record.write_text(record.read_text()[:100])
    with pytest.raises(SystemExit) as end:
        run_script(
            "aggregate_figure",
            input=SimpleNamespace(records=[str(record)]),
            output=SimpleNamespace(**{n: tmp_path / n for n in ("points", "series", "rates")}),
            params=SimpleNamespace(limits=LIMITS),
        )
    assert end.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"middlebench: {record}: truncated or not JSON")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [record]
