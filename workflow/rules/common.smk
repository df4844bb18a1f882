"""Shared by the other files: the configuration's check, the grid, and the code that each rule depends on.

Needs: nothing but this repository; no host is contacted while rules are read.
Makes: nothing, except results/<testbed>/config.yaml (the merged configuration) when jobs start.
"""

import os
import re
import sys
from pathlib import Path

SCRIPTS = "workflow/scripts"
REFERENCE = "workflow/reference/thesis.yaml"
sys.path.insert(0, str(Path(workflow.basedir) / SCRIPTS))

from middlebench import grid
from middlebench.config import read_yaml, retyped, validate
from middlebench.errors import one_line_errors
from middlebench.lifetime import OWNER_VARIABLE

# The library modules that a rule's script imports, directly or not. They are inputs, compared by content: a
# changed module re-makes what depends on it and nothing else. tests/unit/test_code_lists.py keeps them complete.
CODE = {
    "build_softgen": ["errors"],
    "check_function": [
        "assembly",
        "check",
        "errors",
        "lifetime",
        "ovs_dpdk",
        "pinning",
        "record",
        "sandbox",
        "softgen",
        "units",
    ],
    "measure_point": [
        "assembly",
        "errors",
        "lifetime",
        "measure",
        "ovs_dpdk",
        "pinning",
        "record",
        "sandbox",
        "softgen",
        "units",
        "verdict",
    ],
    "aggregate_figure": ["aggregate", "errors", "knee", "units"],
    "aggregate_testbed": ["aggregate", "errors", "knee", "units"],
    "plot_series": [
        "aggregate",
        "errors",
        "knee",
        "plots/__init__",
        "plots/latency",
        "plots/layout",
        "plots/marks",
        "plots/panels",
        "plots/style",
        "plots/words",
        "published",
        "units",
    ],
    "packet_rates": ["aggregate", "errors", "knee", "published", "units"],
}


def code(rule_name):
    """The files that make up the program of a rule: its script and the library modules in CODE."""
    modules = ["__init__", *CODE[rule_name]]
    return [f"{SCRIPTS}/{rule_name}.py", *(f"{SCRIPTS}/middlebench/{name}.py" for name in modules)]


def softgen_sources():
    """All that softgen is built from."""
    folder = Path("workflow/loadgens/softgen")
    return sorted(
        str(path)
        for path in folder.glob("*")
        if path.suffix in (".c", ".h") or path.name == "Makefile"
    )


def readable(path):
    """The path itself, after a look at the syntax: Snakemake's own message names no line."""
    with one_line_errors():
        read_yaml(path)
    return path


def check_configuration():
    """End with one line when the merged configuration cannot be measured; else say what the grid is."""
    config.update(grid.merge(config, retyped(workflow.config_settings.config)))
    with one_line_errors():
        validate(config)
    if workflow.is_main_process:
        os.environ[OWNER_VARIABLE] = str(os.getpid())
        print(grid.summary(config), file=sys.stderr)


def one_of(names):
    """A regular expression that matches exactly these names, for wildcard_constraints."""
    return "|".join(map(re.escape, sorted(names)))


def functions():
    """The functions that some figure measures."""
    return {settings["function"] for settings in config["figures"].values()}


def testbeds():
    """The testbeds that some figure is measured on, in the order of the figures."""
    return list(
        dict.fromkeys(
            grid.figure_settings(config, figure)["testbed"] for figure in config["figures"]
        )
    )


def figures_on(testbed):
    """The figures measured on a testbed."""
    return [f for f in config["figures"] if grid.figure_settings(config, f)["testbed"] == testbed]


def firewall_figures(testbed):
    """The figures whose packet rates stand beside the thesis's: its numbers are a firewall's."""
    return [f for f in figures_on(testbed) if config["figures"][f]["function"] == "firewall"]


def firewall_testbeds():
    """The testbeds that have packet rates to compare with the thesis's."""
    return [testbed for testbed in testbeds() if firewall_figures(testbed)]


def record_paths(figures):
    """The records of all points of some figures, each once."""
    points = (point for figure in figures for point in grid.figure_points(config, figure))
    return list(dict.fromkeys(point.path for point in points))


def figure_table(figure, table):
    """The path of a figure's points.csv or series.csv."""
    return f"results/{grid.figure_settings(config, figure)['testbed']}/figures/{figure}/{table}.csv"


def check_paths():
    """The functional checks that the grid's points need."""
    return list(
        dict.fromkeys(
            f"results/{point.testbed}/checks/{point.dut}/{point.function}.json"
            for point in grid.grid_points(config)
        )
    )


def point_of(wildcards):
    """The grid cell that a job's wildcards name."""
    numbers = (int(wildcards[key]) for key in ("frame_size", "flows", "rate_mbit", "repetition"))
    return grid.Point(wildcards.testbed, wildcards.dut, wildcards.function, *numbers)


def write_configuration():
    """Lay the merged configuration beside the results of each testbed it measures."""
    import json

    import yaml

    plain = json.loads(json.dumps(config))
    for testbed in testbeds():
        path = Path(f"results/{testbed}/config.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".yaml.new")
        unfinished.write_text(yaml.safe_dump(plain, sort_keys=False), encoding="utf-8")
        unfinished.replace(path)


onstart:
    write_configuration()
