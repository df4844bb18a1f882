"""The scripts from records to tables and figures, run as Snakemake runs them."""

import json
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from figures import REFERENCE
from records import make_record, sandbox_records, write_record
from scripts import Params, run_script

LIMITS = '{"max_exceed_ratio": 0.25, "max_loss_ratio": 0.005}'


def test_scripts_make_everything_from_records(tmp_path):
    """The four scripts lead from records to tables, packet rates and both figure files."""
    records = sandbox_records(function="firewall", knees={10000: 700}, rates=range(500, 901, 100))
    paths = [str(write_record(tmp_path, record)) for record in records]
    names = {name: str(tmp_path / f"{name}.csv") for name in ("points", "series", "rates")}
    disturbance, sweep, plan = (tmp_path / name for name in ("disturbance.csv", "sweep.csv", "2"))
    row = {"flows": 10000, "rate_mbit": 500, "stage": "coarse", "state": "measured"}
    plan.write_text(json.dumps({"more": [], "sweep": [row]}), encoding="utf-8")
    for script in ("aggregate_figure", "aggregate_testbed"):
        run_script(
            script,
            input=SimpleNamespace(records=paths, plan=str(plan)),
            output=SimpleNamespace(**names, disturbance=str(disturbance), sweep=str(sweep)),
            params=SimpleNamespace(limits=LIMITS),
        )
    assert len(pd.read_csv(disturbance)) == len(paths)
    assert pd.read_csv(sweep).to_dict("records") == [row]
    run_script(
        "packet_rates",
        input=SimpleNamespace(series=[names["series"]], reference=REFERENCE),
        output=SimpleNamespace(csv=tmp_path / "packet_rates.csv"),
    )
    assert list(pd.read_csv(tmp_path / "packet_rates.csv")["knee_mbit"].dropna()) == [700]
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
    assert list(tmp_path.iterdir()) == [record]
