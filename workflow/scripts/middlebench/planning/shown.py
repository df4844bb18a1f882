"""What the report shows beside figures, and how it is called.

Used while Snakemake reads the rules, so it imports nothing slow.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from middlebench.duts.registry import entry, fills
from middlebench.experiment.grid import as_param, figure_settings, measuring_settings
from middlebench.experiment.rates import kind_of
from middlebench.files.canonical import text_digest
from middlebench.planning.programs import dut_program, generator_scripts, manifests
from middlebench.software import choice as software
from middlebench.software.processors import builds_of_generators, generator_build

DESCRIBED = {
    "in_doubt": "Points that do not hold",
    "software": "Software",
    "hosts": "Machines",
    "checks": "Functional checks",
}
"""What describe_testbed makes: the name of each CSV file and of its caption -> its heading."""

MACHINES = ("software", "hosts")
"""The tables that say on what was measured, and with what."""

OURS = "workflow/"
"""Where the files lie that no rule makes."""

Listed = tuple[str | None, Mapping[str, Any] | None]
"""A file, None for the merged configuration, which is in none; the settings that fill its
placeholders, None where it has none."""


def table_title(table: str) -> str:
    """The heading of a table's page."""
    return DESCRIBED.get(table, table.replace("_", " ").capitalize())


def table_category(table: str) -> str:
    """Where in the report a table stands."""
    return "Machines and software" if table in MACHINES else "Tables"


def rates_in_words(config: Mapping[str, Any], figure: str) -> str:
    """Which rates a figure is measured at, behind `the offered rate`."""
    return kind_of(figure_settings(config, figure)["rates_mbit"]).words()


def table_pages(tables: Iterable[str], testbeds: Iterable[str]) -> list[str]:
    """A page for each of some CSV files, and for each of DESCRIBED of some testbeds."""
    paths = [Path(table) for table in tables]
    paths += [Path(f"results/{testbed}/{table}") for testbed in testbeds for table in DESCRIBED]
    return [f"{path.parent}/report/tables/{path.stem}.html" for path in paths]


def config_id(config: Mapping[str, Any]) -> str:
    """What differs when the merged configuration does."""
    return text_digest(as_param(config))[:16]


def listings(config: Mapping[str, Any], testbed: str, figures: Iterable[str]) -> dict[str, Listed]:
    """What is listed of a testbed by name: only what this configuration uses.

    `figures` are those on the testbed.
    """
    listed: dict[str, Listed] = {"config.yaml": (None, None)}
    for figure in figures:
        listed |= _of_dut(config, testbed, figure)
    where = config["testbeds"][testbed]
    return listed | _of_generator(where) | _manifests(config, where)


def _of_dut(config: Mapping, testbed: str, figure: str) -> dict[str, Listed]:
    """What the DUT of a figure is given."""
    settings = figure_settings(config, figure)
    name = settings["dut"]
    dut = entry(name)
    fill = fills(
        name,
        measuring_settings(config, figure)["dut"],
        config["testbeds"][testbed],
        config["software"].get(dut.software or ""),
    )
    program = dut_program(name, settings["function"])
    files = {program: fill} if program.startswith(OURS) else {}
    files |= dict.fromkeys(dut.read_files)
    return {f"{name}-{Path(path).name}": (path, of) for path, of in files.items()}


def _of_generator(testbed: Mapping) -> dict[str, Listed]:
    """What else of ours the load generator is given."""
    return {Path(script).name: (script, None) for script in generator_scripts(testbed)}


def _manifests(config: Mapping, testbed: Mapping) -> dict[str, Listed]:
    """The manifests of what is built here."""
    build = generator_build(testbed)
    made = {builds_of_generators()[build]: [f"{software.FOLDER}/{build}/manifest.json"]}
    made |= {program: manifests(config, program) for program in ("ovs", "dpdk")}
    return {f"{name}-{Path(path).name}": (path, None) for name, of in made.items() for path in of}
