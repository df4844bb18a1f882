"""Where a line falls off a cliff, and what a table and a figure say of it."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures import overlapping, texts
from middlebench.analysis.cliff import Cliff, Sized, cliff
from middlebench.analysis.scaling import SCALING_COLUMNS, scaling_table
from middlebench.figures.drawing.style import Style
from middlebench.figures.league.scaling import scaling_figure


def line(*capacities, width=0.02):
    """Sizes 1, 10, ... with a capacity each, None where it is not known."""
    return [
        Sized(10**at, of, of and of * (1 - width), of and of * (1 + width))
        for at, of in enumerate(capacities)
    ]


KNOWN = [
    ("level", line(100, 99, 101), None),
    ("a slope", line(100, 90, 81, 73), None),
    ("a cliff", line(100, 99, 50, 49), Cliff(10, 100, 1 - 50 / 99, "")),
    ("the larger of two", line(100, 70, 30, 29), Cliff(10, 100, 1 - 30 / 70, "")),
    ("upwards", line(50, 100), None),
    ("not sure", line(100, 70, width=0.2), None),
    ("over a gap", line(100, None, 50), Cliff(1, 100, 0.5, "")),
    ("one size", line(100), None),
    ("nothing", [], None),
]


@pytest.mark.parametrize(
    ("sizes", "wanted"), [of for _, *of in KNOWN], ids=[of for of, *_ in KNOWN]
)
def test_a_cliff_is_the_largest_fall_that_is_sure(sizes, wanted):
    """Whatever the order in which they come."""
    assert cliff(sizes[::-1]) == (wanted and pytest.approx(wanted))


def test_what_is_known_to_end_there_is_named():
    """Between both sides, and nowhere else."""
    found = cliff(line(100, 99, 50), [(8, "before"), (10, "here"), (99, "too"), (100, "behind")])
    assert found.cause == "here; too"


@given(st.lists(st.floats(1, 1000), max_size=12))
def test_a_cliff_is_a_fall(capacities):
    """Of more than 15 %, between two sizes that were measured."""
    sizes = {of.size: of.middle for of in line(*capacities)}
    found = cliff(line(*capacities))
    if found:
        assert sizes[found.after] < 0.85 * sizes[found.before]
        assert list(sizes).index(found.after) == list(sizes).index(found.before) + 1


def league(
    dut, function="nat", flows=(1, 100, 10_000, 1_000_000), capacities=(4e6, 4e6, 2e6, None)
):
    """Rows of a league's table; of what is not known, why."""
    shared = {"testbed": "sandbox", "dut": dut, "protocol": "udp"}
    shared |= {"frame_size_bytes": 64, "correct": True, "state": "alone", "capacity_level": 0.95}
    shared |= {"ceiling_pps": 5e6, "dut_version": "any"}
    functions = [function] * len(flows) if isinstance(function, str) else function
    return pd.DataFrame(
        {
            **shared,
            "function": name,
            "flows": number,
            "capacity_pps": of,
            "capacity_low_pps": of and 0.98 * of,
            "capacity_high_pps": of and 1.02 * of,
            "at_least": False,
            "note": None if of else "state limit",
        }
        for name, number, of in zip(functions, flows, capacities, strict=True)
    )


@pytest.fixture(scope="module")
def flows():
    """Of two DUTs, of which one is level."""
    level = league("linux", capacities=(6e5, 6e5, 6e5, 6e5))
    level.loc[0, ["at_least", "capacity_high_pps", "capacity_pps"]] = (True, None, None)
    return scaling_table(pd.concat([league("ovs-dpdk"), level]), "flows")


def test_a_table_names_the_cliff_of_each_dut(flows):
    """In each of its rows; the cache of Open vSwitch ends at 8192."""
    assert list(flows.columns) == SCALING_COLUMNS
    ours = flows[flows["dut"] == "ovs-dpdk"].iloc[0]
    assert (ours["cliff_after"], ours["cliff_before"], ours["cliff_lost"]) == (100, 10_000, 0.5)
    assert ours["cliff_cause"] == "the exact-match cache of Open vSwitch has 8192 flows"
    assert flows[flows["dut"] == "linux"]["cliff_after"].isna().all()


def test_a_table_of_rules_is_by_their_number():
    """Which the function's name has, and not by the order of names."""
    counts = (1, 10, 100, 1000, 10_000)
    names = [f"rules_{count}" for count in counts]
    made = league("linux", names, (100,) * 5, (5e5, 5e5, 4.5e5, 1e5, 1e4))
    table = scaling_table(made.sample(frac=1, random_state=1), "rules")
    assert list(table["rules"]) == list(counts)
    assert (table["cliff_after"][0], table["cliff_before"][0]) == (1000, 10_000)
    assert table["cliff_cause"].isna().all()


@pytest.mark.parametrize("part", ["flows", "rules"])
def test_the_figure_says_where_the_cliffs_are(flows, part):
    """And what is not known, and why."""
    table = flows if part == "flows" else flows.assign(rules=flows["flows"])
    figure = scaling_figure(table, part, Style())
    said = " ".join(texts(figure).split())
    assert f"ovs-dpdk loses 50 % from 100 to 10000 {part}" in said
    assert "Not known: ovs-dpdk, 1000000: state limit." in said
    assert overlapping(figure) == ([], [])


def test_a_figure_of_nothing_says_so():
    """No league was measured."""
    assert "Nothing of it was measured." in texts(scaling_figure(pd.DataFrame(), "flows", Style()))
