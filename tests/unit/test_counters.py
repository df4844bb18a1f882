"""One list of counters: what generators write, schemas allow, records hold and tables show."""

import json
import re

import pytest
from lupa import luajit21

from middlebench.records.counts import COUNTERS, MARKS
from middlebench.records.table import DISTURBANCE_COLUMNS, POINT_COLUMNS
from softgen_library import SOURCES
from workspace import REPOSITORY

SCHEMAS = REPOSITORY / "workflow/schemas"
RESULT_LUA = REPOSITORY / "workflow/loadgens/moongen/middlebench_result.lua"
OF_ALL_TIME, COMPUTED = ["foreign", "late"], ["lost"]
"""Counted beside the slices; made from counters."""


def schema(name):
    """A schema with its definitions."""
    return json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))


def counts(part):
    """The keys of a part that are counts; all of them must be there."""
    kinds = {f"#/definitions/{kind}" for kind in ("count", "maybe_count")}
    names = [name for name, of in part["properties"].items() if of.get("$ref") in kinds]
    assert set(names) <= set(part["required"])
    return names


def moongens_result():
    """What MoonGen's script makes of a trial without a frame."""
    lua = luajit21.LuaRuntime()
    lua.execute(f"result = (function() {RESULT_LUA.read_text(encoding='utf-8')} end)()")
    return lua.eval("""result.make({},
        {ready_ms = 0, passes = 0, learned = 0},
        {tx = 0, rx = 0, handed = 0, skipped = 0, seconds = 1, silence_s = 0,
         stamps = {sent = 0, received = 0}},
        {sent = 0, received = 0}, {tx = 0, rx = 0, seconds = 0})""")


def test_softgen_counts_them(softgen):
    """In the order of its enumeration, each with a name."""
    names = map(softgen.driver_counter, range(softgen.driver_counters()))
    assert [name and name.decode() for name in names] == list(COUNTERS)


def test_softgen_writes_the_marks():
    """By the names of its report."""
    report = (SOURCES / "report.c").read_text(encoding="utf-8")
    assert re.findall(r'marks_print\(file, "(\w+)"', report) == list(MARKS)


def test_moongens_script_writes_both():
    """The same keys, null where it cannot know."""
    made = moongens_result()
    assert set(made["raw"].keys()) == {*COUNTERS, "duration_s", "latency", "latency_sent"}
    assert set(MARKS) <= set(made.keys())


@pytest.mark.parametrize(
    ("name", "part", "more"),
    [("result", "part", []), ("point", "tally", [*COMPUTED, *OF_ALL_TIME])],
)
def test_the_schemas_have_both(name, part, more):
    """No key more, no key less."""
    read = schema(name)
    assert sorted(counts(read["definitions"][part])) == sorted([*COUNTERS, *more])
    about = read if name == "result" else read["properties"]["disturbance"]
    marks = [
        key for key, of in about["properties"].items() if of.get("$ref") == "#/definitions/marks"
    ]
    assert marks == list(MARKS)
    assert set(marks) <= set(about["required"])


def test_the_tables_show_both():
    """A column of the whole window for each counter; count and times for each mark."""
    assert {f"raw_{name}" for name in (*COUNTERS, *COMPUTED, "foreign")} <= set(POINT_COLUMNS)
    for mark in MARKS:
        one = mark.removesuffix("s")
        assert {mark, f"{one}_total_us", f"{one}_max_us"} <= set(DISTURBANCE_COLUMNS)
