"""Figures of the same records are the same, byte for byte: drawn by the scripts of the rules."""

import json
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest

from captures import pcap
from figures import REFERENCE
from middlebench.records.record import write
from records import sandbox_records, write_record
from scripts import Params, run_script
from workspace import REPOSITORY

GOLDEN = REPOSITORY / "tests/golden/figures.json"
LADDER = {"forward": 900, "stateless_firewall": 800, "firewall": 700, "nat": 600}
"""Function -> its knee [Mbit/s]."""

LIMITS = '{"max_exceed_ratio": 0.25, "max_loss_ratio": 0.005}'


def drawn(script, inputs, **params):
    """The names of both files of a figure, drawn by a script."""
    made = {form: f"{script}.{form}" for form in ("pdf", "png")}
    output = SimpleNamespace(**made)
    run_script(script, input=SimpleNamespace(**inputs), output=output, params=Params(params))
    return list(made.values())


def tables(function, knee):
    """The tables of a figure of one function: of three series, some points disturbed."""
    records = sandbox_records(
        function=function,
        knees={100: knee, 1000: knee - 100, 10000: knee - 300},
        rates=range(100, 1001, 100),
        repetitions=3,
        disturbed=0.1,
    )
    paths = [str(write_record(Path(), record)) for record in records]
    names = {name: f"{function}_{name}.csv" for name in ("points", "series", "rates")}
    row = {"flows": 100, "rate_mbit": 100, "stage": "coarse", "state": "measured"}
    write({"more": [], "sweep": [row]}, Path("plan.json"))
    run_script(
        "aggregate_figure",
        input=SimpleNamespace(records=paths, plans=["plan.json"]),
        output=SimpleNamespace(**names, sweep=f"{function}_sweep.csv"),
        params=SimpleNamespace(limits=LIMITS),
        log=["aggregate.log"],
    )
    return names


def draw_all():
    """Draw all figures into this folder; their names."""
    of = {function: tables(function, knee) for function, knee in LADDER.items()}
    names = drawn("plot_series", of["nat"] | {"reference": REFERENCE}, style="{}", title="NAT")
    points = [of[function]["points"] for function in LADDER]
    run_script(
        "compute_cost",
        input=SimpleNamespace(points=points, turns=[]),
        output=SimpleNamespace(csv="cost.csv"),
        params=SimpleNamespace(limits=LIMITS),
    )
    names += drawn("plot_cost", {"cost": ["cost.csv"]}, style="{}")
    series = [of[function]["series"] for function in ("nat", "firewall")]
    compared = SimpleNamespace(comparison="comparison.csv", corrections="corrections.csv")
    run_script(
        "compare_thesis",
        input=SimpleNamespace(series=series, reference=REFERENCE, check=[]),
        output=compared,
    )
    names += drawn("plot_comparison", {"comparison": ["comparison.csv"]}, style="{}")
    disturbance = str(REPOSITORY / "tests/golden/disturbance.csv")
    names += drawn("plot_machine", {"disturbance": [disturbance]}, style="{}")
    rules = [str(REPOSITORY / f"workflow/middleboxes/open_vswitch/{f}.flows") for f in LADDER]
    filled = json.dumps({path: {"snat_address": "200.200.200.200"} for path in rules})
    names += drawn("plot_flow_tables", {"rules": rules}, style="{}", settings=filled)
    Path("trace.pcap").write_bytes(pcap([60] * 40 + [572] * 5 + [1396] * 5 + [1514] * 40))
    counted = {"sizes": "sizes.csv", "capture": "capture.csv"}
    run_script(
        "count_packet_sizes",
        input=SimpleNamespace(pcap="trace.pcap"),
        output=SimpleNamespace(**counted),
    )
    classes = '{"large_min": 1400, "small_max": 100}'
    return names + drawn("plot_packet_sizes", counted, style="{}", classes=classes)


@pytest.mark.slow
def test_figures_of_the_golden_records_are_the_golden_ones(tmp_path, monkeypatch):
    """Also after what makes them was moved; another look has other hashes."""
    monkeypatch.chdir(tmp_path)
    hashes = {name: sha256(Path(name).read_bytes()).hexdigest() for name in draw_all()}
    assert hashes == json.loads(GOLDEN.read_text(encoding="utf-8"))
