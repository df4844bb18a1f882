"""A limit of the configuration is the generators' too: what its schema lets pass they measure."""

import json

import pytest
import yaml
from lupa import luajit21

from middlebench.experiment.schema import SCHEMA_PATH
from workspace import REPOSITORY

CONFIG = yaml.safe_load(SCHEMA_PATH.read_text(encoding="utf-8"))
POINT = json.loads(SCHEMA_PATH.with_name("point.schema.json").read_text(encoding="utf-8"))
PLAN = REPOSITORY / "workflow/loadgens/moongen/middlebench_plan.lua"

DURATIONS = CONFIG["$defs"]["durations"]["properties"]
GATING = CONFIG["properties"]["gating"]["properties"]
VERDICT = CONFIG["properties"]["verdict"]["properties"]
ASKED = {
    "frame_size": CONFIG["$defs"]["frame_size"],
    "flows": CONFIG["$defs"]["flows"]["items"],
}
TO_ONE_HOST = {"flows_a_destination": CONFIG["$defs"]["flows_a_destination"]}
TIMES = {name: of for name, of in DURATIONS.items() if name.endswith("_ms")}

SOFTGEN = {
    **ASKED,
    **TO_ONE_HOST,
    **DURATIONS,
    "seed": CONFIG["$defs"]["seed"],
    "slice_us": GATING["slice_us"],
    "gap_us": GATING["generator_gap_us"],
    "silence_us": GATING["dut_silence_us"],
    "stop_us": GATING["dut_stop_us"],
    "guard_before": GATING["guard_before_slices"],
    "guard_after": GATING["guard_after_slices"],
}
"""Each of softgen's options that the configuration sets, and its limits there."""

MOONGEN = {
    **ASKED,
    **TO_ONE_HOST,
    **TIMES,
    "seed": CONFIG["$defs"]["seed"],
    "link_speed": CONFIG["properties"]["testbeds"]["additionalProperties"]["properties"][
        "link_mbit"
    ],
}
"""The same of MoonGen's script."""

MEASURED = {
    "tx_port": 0, "rx_port": 1, "rate": 1, "frame_size": 64, "flows": 1, "link_speed": 10,
    "flows_a_destination": 64512,
    "seed": 1, "run_id": 1, "ready_ms": 1, "warmup_ms": 0, "window_ms": 1, "drain_ms": 1,
    "stall_ms": 1, "protocol": "udp", "order": "random", "stamps": "software",
    "pacing": "software",
}  # fmt: skip
"""What MoonGen's script takes."""


def around(limits):
    """Values at the ends of a range and just outside -> whether they are in it."""
    low, high = limits["minimum"], limits["maximum"]
    return {low - 1: False, low: True, high: True, high + 1: False}


@pytest.mark.parametrize("name", SOFTGEN)
def test_softgen_takes_what_the_schema_does(softgen, name, capfd):
    """No more, no less: a value that passes fails no point."""
    option = f"--{name.replace('_', '-')}".encode()
    wanted = around(SOFTGEN[name])
    taken = {value: softgen.driver_option(option, str(value).encode()) == 0 for value in wanted}
    assert taken == wanted
    assert "allowed: a" in capfd.readouterr().err


@pytest.mark.parametrize("name", MOONGEN)
def test_moongens_script_takes_what_the_schema_does(name):
    """The same."""
    lua = luajit21.LuaRuntime()
    refusal = lua.execute(PLAN.read_text(encoding="utf-8")).refusal
    wanted = around(MOONGEN[name])

    def is_taken(value):
        said = refusal(lua.table_from(MEASURED | {name: value}))
        return said is None or not said.startswith(f"--{name.replace('_', '-')}:")

    assert {value: is_taken(value) for value in wanted} == wanted


def ranges(properties):
    """Key -> its limits, where there are some."""
    ends = ("minimum", "maximum")
    return {
        name: tuple(of[end] for end in ends) for name, of in properties.items() if "maximum" in of
    }


def test_a_records_flows_to_one_host_have_the_limits_of_the_configuration():
    """The same of a setting without a section."""
    settings = POINT["properties"]["settings"]["properties"]
    assert ranges({name: settings[name] for name in TO_ONE_HOST}) == ranges(TO_ONE_HOST)


@pytest.mark.parametrize(
    ("section", "configured"),
    [("durations", DURATIONS), ("gating", GATING), ("verdict", VERDICT)],
)
def test_a_records_settings_have_the_limits_of_the_configuration(section, configured):
    """What can be measured can be read again."""
    settings = POINT["properties"]["settings"]["properties"][section]["properties"]
    assert ranges(settings) == ranges(configured)


def test_a_records_identity_has_the_limits_of_the_configuration():
    """The same of what names a point."""
    cell = POINT["properties"]["identity"]["properties"]
    wanted = ASKED | {"rate_mbit": CONFIG["$defs"]["rate"]}
    assert ranges({name: cell[name] for name in wanted}) == ranges(wanted)
