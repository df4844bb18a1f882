"""Where results lie: the patterns of their files, and those that a configuration asks for.

The path of a record has its home in `records.identity`, those of the others have theirs here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields

from middlebench.duts.registry import entry
from middlebench.experiment import league
from middlebench.experiment.grid import figure_settings, on_hosts
from middlebench.experiment.throughput import all_series
from middlebench.frame_mix import size_path
from middlebench.planning.cells import ports_of
from middlebench.records.identity import Point, suffix

CHECK = "results/{testbed}/checks/{dut}/{function}{tcp}.json"
CALIBRATION = "results/{testbed}/calibration/{ports}/{frame_size}_{flows}flows{tcp}.json"
CLEAN_SLATE = "results/{testbed}/clean_slate/{dut}/{function}/{frame_size}_{flows}flows{tcp}.json"
THROUGHPUT = "results/{testbed}/throughput/{dut}/{function}/{frame_size}_{flows}flows{tcp}.json"
LEAGUE = "results/{testbed}/league/{dut}/{function}/{frame_size}_{flows}flows{tcp}.json"
TRIED = "results/{testbed}/league/{dut}/{function}/tried{tcp}.json"
PLAN = "results/{testbed}/figures/{figure}/plan/{round}.json"
COMPARISON = "results/{testbed}/compare/{comparison}.json"
FACTS = {role: f"results/{{testbed}}/hosts/{role}.json" for role in ("dut", "loadgen")}
"""Of prepared hosts, by their roles."""


def _pattern_of_records() -> str:
    """The path of a point whose parts are the names of wildcards; `tcp` names its protocol."""
    cell = Point(**{field.name: f"{{{field.name}}}" for field in fields(Point)})
    return cell.path.replace(suffix("{protocol}"), "{tcp}")


POINT = _pattern_of_records()


def log_of(pattern: str) -> str:
    """The log of the job that makes such a file."""
    testbed, _, file = pattern.partition("}/")
    return f"{testbed}}}/logs/{file.removesuffix('.json')}.log"


def check_path(testbed: str, dut: str, function: str, protocol: str = "udp") -> str:
    """The functional check of a function."""
    return CHECK.format(testbed=testbed, dut=dut, function=function, tcp=suffix(protocol))


def check_paths(config: Mapping, figures: Iterable[str]) -> list[str]:
    """The functional checks that the points of some figures need, each once."""
    parts = ("testbed", "dut", "function", "protocol")
    settings = (figure_settings(config, figure) for figure in figures)
    return list(dict.fromkeys(check_path(*(of[part] for part in parts)) for of in settings))


def calibration_paths(config: Mapping, figures: Iterable[str]) -> list[str]:
    """The calibrations that the points of some figures need, each once."""
    paths = []
    for settings in (figure_settings(config, figure) for figure in figures):
        testbed, size, tcp = (settings["testbed"], settings["frame_size"], settings["protocol"])
        where = {"testbed": testbed, "ports": ports_of(config, testbed, settings["dut"])}
        where |= {"frame_size": size_path(size), "tcp": suffix(tcp)}
        paths += [CALIBRATION.format(flows=flows, **where) for flows in settings["flows"]]
    return list(dict.fromkeys(paths))


def throughput_paths(config: Mapping) -> list[str]:
    """What is measured of throughput, a file a series."""
    return [_of_series(THROUGHPUT, of) for of in all_series(config)]


def league_paths(config: Mapping, part: str | None = None) -> list[str]:
    """What is measured for a part of the league, for all of it when None: a file a series."""
    return [_of_series(LEAGUE, of) for of in league.all_series(config, part)]


def tried_paths(config: Mapping, part: str | None = None) -> list[str]:
    """What is found out about its DUTs, a file a function."""
    found = (_of_series(TRIED, of) for of in league.all_series(config, part))
    return list(dict.fromkeys(found))


def _of_series(pattern: str, of: Point) -> str:
    """The file of a series."""
    return pattern.format(
        testbed=of.testbed,
        dut=of.dut,
        function=of.function,
        frame_size=size_path(of.frame_size),
        flows=of.flows,
        tcp=suffix(of.protocol),
    )


def checks_of_corrections(config: Mapping, testbed: str, figures: Iterable[str]) -> list[str]:
    """The checks that tell what is wrong in the thesis, one a function, of some figures' DUTs.

    That of the thesis's NAT, on the first DUT that has it; that of a NAT that is known to let in
    what nobody asked for, where it is measured.
    """
    used = [figure_settings(config, figure) for figure in figures]
    able = [of["dut"] for of in used if "nat_thesis" in entry(of["dut"]).functions]
    known = [name.removesuffix(".nat") for name in config["expected_failures"]]
    let_in = [of for of in used if of["function"] == "nat" and of["dut"] in known]
    return [
        *(check_path(testbed, dut, "nat_thesis") for dut in able[:1]),
        *(check_path(testbed, of["dut"], "nat", of["protocol"]) for of in let_in[:1]),
    ]


def host_facts(config: Mapping, testbed: str) -> list[str]:
    """The facts about the prepared hosts of DUT and generator, in this order; none of a sandbox."""
    if not on_hosts(config["testbeds"][testbed]):
        return []
    return [pattern.format(testbed=testbed) for pattern in FACTS.values()]
