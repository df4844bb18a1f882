"""Rungs compared in turns: which comparisons a ladder asks for, and what they say of its costs."""

import copy
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from test_cost import KNEES, ladder, named

from compared import SETTINGS, part, result
from configurations import DEFAULT, HARDWARE, changed, fault
from middlebench.analysis.comparing import pairs
from middlebench.analysis.cost import cost_table
from middlebench.experiment.comparisons import (
    all_comparisons,
    comparison_settings,
    comparison_testbed,
    comparisons,
    cost_comparisons,
)
from middlebench.experiment.config import validate
from middlebench.experiment.estimate import summary
from middlebench.functions import LADDER
from middlebench.planning.asked import comparisons_for
from middlebench.records.comparison_file import NEVER_FLAT
from middlebench.records.record import write
from middlebench.units import packets_per_second
from scripts import run_script
from tables import table_of

NEIGHBOURS = dict(zip(LADDER[1:], LADDER, strict=False))
RUNGS = [f"cost_{of}_64b_{flows}flows" for flows in (100, 3000, 100000) for of in LADDER[1:]]
CARRIES = {of: packets_per_second(rate, 64) for of, rate in KNEES.items()}
"""Packets/s of each rung."""


def compared(rung, ratio=None, spread=0.002, clean_s=None, mhz=None, starts=6):
    """The file of a rung's comparison with the one below it: `ratio`, else that of CARRIES."""
    below = NEIGHBOURS[rung]
    source, made = np.random.default_rng(1), []
    ratio = ratio or CARRIES[rung] / CARRIES[below]
    clean_s = clean_s or {"alone": 0.4}
    for number, off in enumerate(source.normal(0, spread, starts), 1):
        drift = 1 + 0.1 * source.random()  # the same for both
        pps = {below: CARRIES[below] * drift, rung: CARRIES[below] * drift * ratio * (1 + off)}
        parts = {name: part(rate, clean_s) | {"core_mhz": mhz} for name, rate in pps.items()}
        rounds = [{"round": 1, "kind": "capacity", "variants": parts}]
        made.append({"start": number, "first": below, "rounds": rounds})
    cell = {"dut": "ovs-dpdk", "frame_size": 64, "flows": 100}
    variants = [{"name": of, "function": of, **cell} for of in (below, rung)]
    said = pairs(made, [below, rung], SETTINGS)
    found = result(made, said, [below, rung], f"cost_{rung}_64b_100flows")
    return found | {"settings": found["settings"] | {"variants": variants}}


def table(folder, results, records=None):
    """cost.csv of the ladder, and of what was compared."""
    points = table_of(folder, records or ladder())
    cost_table(points, 0.005, 0.25, results).to_csv(folder / "cost.csv", index=False)
    return pd.read_csv(folder / "cost.csv")


def test_neighbouring_rungs_are_compared():
    """Each beside the one below, at each number of flows, where the frame size asks for it."""
    assert list(cost_comparisons(DEFAULT)) == RUNGS
    settings = comparison_settings(DEFAULT, "cost_nat_64b_3000flows")
    assert [of["name"] for of in settings["variants"]] == ["firewall", "nat"]
    for of in settings["variants"]:
        assert of["function"] == of["name"]
        assert (of["dut"], of["frame_size"], of["flows"]) == ("ovs-dpdk", 64, 3000)
    assert comparison_testbed(DEFAULT, RUNGS[0]) == "sandbox"
    assert set(all_comparisons(DEFAULT)) == {*DEFAULT["compare"], *RUNGS}
    assert list(comparisons(DEFAULT)) == list(DEFAULT["compare"])  # in compare.csv these alone


def test_a_ladder_with_a_gap_compares_what_is_there():
    """No pair across a rung that is not asked for, and nothing where sizes do not ask."""
    cost = DEFAULT["cost"] | {"functions": ["forward", "firewall", "nat"], "flows": [7]}
    config = changed("cost", cost)
    assert list(cost_comparisons(config)) == ["cost_nat_64b_7flows"]
    sizes = [{key: of[key] for key in ("frame_size", "rates_mbit")} for of in cost["sizes"]]
    for without in ({"cost": None}, {"cost": cost | {"sizes": sizes}}):
        assert cost_comparisons(config | without) == {}
    load = {"flow_order": "random", "seed": 7}
    config = changed("cost", cost | load)
    for of in comparison_settings(config, "cost_nat_64b_7flows")["variants"]:
        assert {key: of["settings"][key] for key in load} == load


def test_on_other_hosts_no_rung_is_compared():
    """It is no fault, as the sweeps can be measured there."""
    hosts = changed("testbeds/sandbox", HARDWARE)
    assert cost_comparisons(hosts) == comparisons(hosts) == {}


def test_the_kernels_ladder_may_ask_for_them_too():
    """Under names of its own, for its own figure."""
    cost = DEFAULT["cost_linux"]
    sizes = [of | {"in_turns": True} for of in cost["sizes"]]
    config = changed("cost_linux", cost | {"sizes": sizes, "flows": [100]})
    names = [f"cost_linux_{of}_64b_100flows" for of in LADDER[1:]]
    assert comparisons_for(config, ["figures/nat_cost_linux.pdf"]) == names
    assert comparisons_for(config, ["figures/nat_cost.pdf"]) == RUNGS
    assert set(cost_comparisons(config)) == {*RUNGS, *names}
    assert comparison_settings(config, names[0])["variants"][0]["dut"] == cost["dut"]
    assert list(cost_comparisons(DEFAULT, "cost_linux")) == []


@pytest.mark.tried("words")
def test_the_name_of_a_comparison_of_rungs_is_taken():
    """One of the section `compare` that has it is refused, with where it comes from."""
    taken = {RUNGS[0]: copy.deepcopy(DEFAULT["compare"]["nat_emc"])}
    told = fault(changed("compare", DEFAULT["compare"] | taken))
    assert told.startswith(f"compare.{RUNGS[0]}: is the name of a comparison of a ladder;")
    assert told.endswith("; allowed: another name")
    validate(DEFAULT)


@pytest.mark.parametrize(
    ("targets", "names"),
    [
        (["figures/nat_cost.pdf"], RUNGS),
        (["results/sandbox/cost.csv"], RUNGS),
        (["compare"], ["nat_emc"]),
        ([], ["nat_emc", *RUNGS]),
        (["report.html"], ["nat_emc", *RUNGS]),
        ([f"results/sandbox/compare/{RUNGS[2]}.json"], RUNGS[2:3]),
        (["figures/nat_64b.pdf"], []),
    ],
)
def test_what_needs_them_counts_them(targets, names):
    """The figure and the table of costs, and what is made of many."""
    assert comparisons_for(DEFAULT, targets) == names


def test_they_are_in_the_estimate():
    """Two minutes each at most; not when all is there."""
    said = summary(DEFAULT, ["cost_nat_64b"], compared=RUNGS)
    turns = "9 comparisons of variants in turns (9 of neighbouring rungs of cost), 18 min at most"
    assert said.endswith(f"; beside them {turns}")
    there = summary(DEFAULT, ["cost_nat_64b"], compared=RUNGS, there=True)
    assert there.endswith("all is measured, and kept as far as it fits")


def test_costs_in_turns_are_those_of_the_capacities(tmp_path):
    """Also while both drift: 1 / capacity of a rung, and for a component the difference."""
    cost = table(tmp_path, [compared(of, spread=0) for of in LADDER[1:]])
    components, rungs = named(cost, "component"), named(cost, "rung")
    for rung, below in NEIGHBOURS.items():
        row = components[components["function"] == rung].iloc[0]
        assert row["turns_ratio"] == pytest.approx(CARRIES[rung] / CARRIES[below], rel=1e-4)
        assert row["turns_state"] == "alone"
        drifts = [1 / (1 + 0.1 * share) for share in (0, 1)]
        added = 1e9 / CARRIES[rung] - 1e9 / CARRIES[below]
        assert drifts[1] * added < row["turns_ns"] < drifts[0] * added
        assert row["turns_ns_low"] < row["turns_ns"] < row["turns_ns_high"]
        assert row["turns_level"] == 0.95
        own = rungs.loc[rung, "turns_ns"]
        assert own * (1 - row["turns_ratio"]) == pytest.approx(row["turns_ns"], rel=1e-3)
    assert rungs.loc["forward", "turns_ns"] == components.loc["forwarding", "turns_ns"]
    assert pd.isna(components.loc["forwarding", "turns_ratio"])
    assert not cost["ways_disagree"].any()


def test_the_script_reads_what_was_compared(tmp_path):
    """The tables of the sweeps and the files of the comparisons, in whatever order."""
    table_of(tmp_path, ladder()).to_csv(tmp_path / "points.csv", index=False)
    paths = [tmp_path / f"cost_{of}_64b_100flows.json" for of in reversed(LADDER[1:])]
    for rung, path in zip(reversed(LADDER[1:]), paths, strict=True):
        write(compared(rung), path)
    run_script(
        "compute_cost",
        input=SimpleNamespace(points=[tmp_path / "points.csv"], turns=paths),
        output=SimpleNamespace(csv=tmp_path / "cost.csv"),
        params=SimpleNamespace(
            limits=json.dumps({"max_loss_ratio": 0.005, "max_exceed_ratio": 0.25})
        ),
    )
    cost = pd.read_csv(tmp_path / "cost.csv")
    assert cost["turns_ratio"].count() == 3
    assert cost["turns_ns"].count() == 8


def test_the_interval_is_that_of_the_starts(tmp_path):
    """The ratio and the nanoseconds hold the truth, and are wider where starts are apart."""
    widths = []
    for spread in (0.002, 0.02):
        row = named(table(tmp_path, [compared("nat", spread=spread)]), "component").loc["rewrite"]
        assert row["turns_ratio_low"] < CARRIES["nat"] / CARRIES["firewall"]
        assert row["turns_ratio_high"] > CARRIES["nat"] / CARRIES["firewall"]
        widths.append(row["turns_ratio_high"] - row["turns_ratio_low"])
    assert widths[1] > 5 * widths[0]


def test_it_is_said_which_ways_disagree(tmp_path):
    """A NAT that in turns carries half of what its sweep says, or whose switch counts otherwise."""
    cost = table(tmp_path, [compared("nat", ratio=0.4), compared("firewall")])
    disagree = cost.set_index(["kind", "name"])["which_disagree"].dropna()
    both = "rate / turns, counter / turns"
    assert disagree.to_dict() == {("rung", "nat"): both, ("component", "rewrite"): both}
    assert cost["ways_disagree"].sum() == 2
    records = ladder({"nat": 300.0})  # cycles
    counted = named(table(tmp_path / "more", [compared("nat")], records), "rung").loc["nat"]
    assert counted["which_disagree"] == "rate / counter, counter / turns"


def test_another_clock_is_no_other_cost(tmp_path):
    """As long at twice the clock is twice as much at that of the sweep; unknown, it is as it is."""
    points = table_of(tmp_path, ladder()).assign(core_mhz=1000.0)
    slow, fast, unknown = (
        named(cost_table(points, 0.005, 0.25, [compared("nat", mhz=mhz)]), "rung").loc["nat"]
        for mhz in (1000.0, 2000.0, None)
    )
    columns = ["turns_ns", "turns_ns_low", "turns_ns_high"]
    assert list(fast[columns]) == pytest.approx(list(2 * slow[columns]), rel=1e-4)
    assert list(unknown[columns]) == pytest.approx(list(slow[columns]), rel=1e-4)


def test_what_was_compared_in_another_state_is_no_cost(tmp_path):
    """The ratio is told, with its state, and the nanoseconds are not."""
    cost = table(tmp_path, [compared("nat", clean_s={"shared": 0.4})])
    row, rung = named(cost, "component").loc["rewrite"], named(cost, "rung").loc["nat"]
    assert row["turns_state"] == "shared"
    assert pd.notna(row["turns_ratio"])
    assert pd.isna(row["turns_ns"])
    assert pd.isna(rung["turns_ns"])
    assert row["note"] == rung["note"] == "in turns beside a busy sibling"


def test_a_rung_that_is_never_flat_in_a_turn_has_no_cost(tmp_path):
    """The words of its comparison say it."""
    found = compared("nat")
    found["turns"]["found"] = {"nat": {"after_ms": 99, "said": NEVER_FLAT}}
    row = named(table(tmp_path, [found]), "component").loc["rewrite"]
    assert row[["turns_ratio", "turns_ns", "turns_state"]].isna().all()
    assert row["note"].startswith("in turns: nat / firewall: capacity")


def test_a_rung_that_is_never_overloaded_is_told(tmp_path):
    """The lower one carried all that the generator can make: how much more is not known."""
    found = compared("nat")
    for start in found["starts"]:
        start["rounds"][0]["variants"]["firewall"] |= {"verdict": "ok", "states": {}}
    found["pairs"] = pairs(found["starts"], ["firewall", "nat"], found["settings"])
    row = named(table(tmp_path, [found]), "component").loc["rewrite"]
    told = "nat / firewall: capacity not known: firewall carried all that the generator can make"
    assert row["note"] == f"in turns: {told}"


def test_too_few_starts_are_told(tmp_path):
    """No ratio, no cost, and why."""
    cost = table(tmp_path, [compared("nat", clean_s={"alone": 0.01})])
    row = named(cost, "component").loc["rewrite"]
    assert row[["turns_ratio", "turns_ns", "turns_state"]].isna().all()
    assert "in turns: nat / firewall: capacity with enough clean time in too few" in row["note"]
