"""Shared by the other files: the configuration's check, the grid, and the code that each rule depends on.

Needs: nothing but this repository; no host is contacted while rules are read.
Makes: nothing, except results/<testbed>/config.yaml (the merged configuration) when jobs start.
"""

import json
import os
import re
import sys
from pathlib import Path
from time import time

SCRIPTS = "workflow/scripts"
LOADGENS = "workflow/loadgens"
REFERENCE = "workflow/reference/thesis.yaml"
sys.path.insert(0, str(Path(workflow.basedir) / SCRIPTS))

from snakemake.sourcecache import LocalSourceFile

from middlebench.duts import registry
from middlebench.planning import folder
from middlebench.experiment import grid
from middlebench.software import choice as software
from middlebench.experiment.config import OTHER_FIGURES, validate
from middlebench.experiment.ladder import drawn_figures, is_cost_sweep, with_cost_sweeps
from middlebench.errors import one_line_errors
from middlebench.generators import GENERATORS, generator_of
from middlebench.planning.given import given, read_strictly
from middlebench.hosts.lock import OWNER_VARIABLE, end_at_first_interrupt
from middlebench.software.processors import builds_of_generators, built_for, generator_build
from middlebench.planning.speed import collect_garbage_seldom
from middlebench.files.strict_yaml import read_yaml
from middlebench.url_users import hide_users

read_strictly()
collect_garbage_seldom()

# Snakemake fills {names} into the paths of scripts and captions: ours have none, the clone's folder may.
LocalSourceFile.format = lambda self, **kwargs: self

PORT_KINDS = (registry.VHOST_USER, registry.DPDK, registry.KERNEL)

NOTHING = "(?!)"
"""Matches nothing, as a constraint: an empty one Snakemake takes for none."""

# Our own programs and where their sources are.
PROGRAMS = {name: f"{LOADGENS}/{program}" for name, program in builds_of_generators().items()}
PROGRAMS |= {dut.program: dut.program_file("") for dut in registry.DUTS.values() if dut.built}


def program_path(name):
    """One of PROGRAMS as it is built."""
    return f"results/software/{name}/{name}"


def program_sources(name):
    """All that one of PROGRAMS is built from."""
    files = Path(PROGRAMS[name]).glob("*")
    return sorted(str(f) for f in files if f.suffix in (".c", ".h") or f.name == "Makefile")


def dut_program(wildcards):
    """What makes a DUT do a function: OpenFlow rules, or a program of ours."""
    dut = registry.entry(wildcards.dut)
    return program_path(dut.program) if dut.built else dut.program_file(wildcards.function)


def manifests(program):
    """The manifest of `dpdk` or `ovs` in a list; empty when it is the distribution's."""
    prefix = software.prefix(config, program)
    return [f"{prefix}/manifest.json"] if prefix else []


def dut_manifests(wildcards):
    """The manifests of what was built for a DUT, and what it reads besides."""
    dut = registry.entry(wildcards.dut)
    return [*(manifests(dut.software) if dut.software else []), *dut.read_files]


def host_facts(wildcards):
    """The facts about a testbed's prepared hosts: of the DUT's, then of the generator's; none of a sandbox."""
    if not grid.on_hosts(config["testbeds"][wildcards.testbed]):
        return []
    return [f"results/{wildcards.testbed}/hosts/{role}.json" for role in ("dut", "loadgen")]


def generator_program(wildcards):
    """The program of ours that makes the load on a testbed, or exchanges frames for what makes it."""
    return program_path(generator_build(config["testbeds"][wildcards.testbed]))


def generator_scripts(wildcards):
    """What else of ours what makes the load on a testbed is given."""
    name = generator_of(config["testbeds"][wildcards.testbed])
    pattern = GENERATORS[name].scripts
    return sorted(map(str, Path(LOADGENS, name).glob(pattern))) if pattern else []


def reboots(testbed):
    """Is a testbed's DUT started anew before each series?"""
    return config["testbeds"][testbed].get("clean_slate") == "reboot"


def clean_slate(wildcards):
    """The mark that the DUT's host was started anew before a point's series, where that is asked for."""
    if not reboots(wildcards.testbed):
        return []
    return [
        f"results/{wildcards.testbed}/clean_slate/{wildcards.dut}/{wildcards.function}/"
        f"{wildcards.frame_size}b_{wildcards.flows}flows{wildcards.tcp}.json"
    ]


def point_priority(point):
    """The sooner, the higher; series after series where the DUT's host is started anew between them."""
    return -grid.order(point, config["defaults"]["seed"], series_first=reboots(point.testbed))


def series_priority(wildcards):
    """That of what comes right before the points of a series."""
    numbers = (int(wildcards.frame_size), int(wildcards.flows), 0, 0)
    names = (wildcards.testbed, wildcards.dut, wildcards.function)
    return point_priority(grid.Point(*names, *numbers, protocol_of(wildcards)))


def build_pattern(program):
    """A regular expression that matches the one build that the configuration asks for, if any."""
    return re.escape(software.build_name(config, program)) if manifests(program) else NOTHING


def keep_the_scheduler_quiet():
    """Let Snakemake look for the next job when one has ended, and not in between.

    Its limit of jobs a second, which no option takes away, starts a timer more at each job that ends
    while others wait, and all of them go on: after a hundred points it takes half of a core, and that
    from the measurement.
    """
    workflow.scheduler.job_rate_limiter = None


def readable(path):
    """The path itself, when it can be read: Snakemake does without one that is missing."""
    with one_line_errors():
        read_yaml(path)
    return path


def begin_in_folder():
    """End with one line in a folder that cannot be used; take over from a run that was killed there."""
    with one_line_errors():
        folder.check_folder()
    if workflow.is_main_process and not workflow.output_settings.dryrun:
        end_at_first_interrupt()
        return folder.take_over()


def check_configuration():
    """End with one line when the merged configuration cannot be measured; else say what the grid is."""
    with one_line_errors():
        said = given(workflow.overwrite_configfiles, workflow.config_settings.config_args)
        config.update(grid.merge(config, said))
        validate(config)
        config.update(with_cost_sweeps(config))
        hide_users(config)
    if workflow.is_main_process:
        os.environ[OWNER_VARIABLE] = str(os.getpid())
        print(grid.summary(config), file=sys.stderr)


def one_of(names):
    """A regular expression that matches exactly these names, for wildcard_constraints."""
    return "|".join(map(re.escape, sorted(names)))


def functions():
    """The functions that some figure measures, and the one that is only checked."""
    return {settings["function"] for settings in config["figures"].values()} | {"nat_thesis"}


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


def drawn_on(testbed):
    """The figures with a picture that are measured on a testbed."""
    return [figure for figure in figures_on(testbed) if figure in drawn_figures(config)]


def drawn_testbeds():
    """The testbeds of the figures with a picture."""
    return [testbed for testbed in testbeds() if drawn_on(testbed)]


def thesis_nat_check(testbed):
    """The functional check of the thesis's NAT rules in a list; empty where no DUT has them."""
    used = [grid.figure_settings(config, figure)["dut"] for figure in drawn_on(testbed)]
    able = [dut for dut in used if "nat_thesis" in registry.entry(dut).functions]
    return [f"results/{testbed}/checks/{able[0]}/nat_thesis.json"] if able else []


def knee_limits():
    """What decides where the knee is, as a parameter of the tables."""
    return grid.as_param(
        {key: config["verdict"][key] for key in ("max_loss_ratio", "max_exceed_ratio")}
    )


def check_paths():
    """The functional checks that the grid's points need."""
    return list(
        dict.fromkeys(
            f"results/{point.testbed}/checks/{point.dut}/{point.function}{grid.suffix(point.protocol)}.json"
            for point in grid.grid_points(config)
        )
    )


def calibration_paths():
    """The calibrations that the grid's points need."""
    return list(
        dict.fromkeys(
            f"results/{point.testbed}/calibration/{ports_of(point)}/{point.frame_size}b_{point.flows}flows"
            f"{grid.suffix(point.protocol)}.json"
            for point in grid.grid_points(config)
        )
    )


def ports_of(where):
    """The kind of port between DUT and generator, of what has a testbed and a DUT."""
    on_hosts = grid.on_hosts(config["testbeds"][where.testbed])
    return registry.implementation(where.dut, on_hosts).ports


def protocol_of(wildcards):
    """The protocol that the suffix of a job's file names."""
    return wildcards.tcp.removeprefix("_") or "udp"


def point_of(wildcards):
    """The grid cell that a job's wildcards name."""
    numbers = (int(wildcards[key]) for key in ("frame_size", "flows", "rate_mbit", "repetition"))
    names = (wildcards.testbed, wildcards.dut, wildcards.function)
    return grid.Point(*names, *numbers, protocol_of(wildcards))


def write_configuration():
    """Lay the merged configuration beside the results of each testbed it measures."""
    import yaml

    plain = json.loads(json.dumps(config))
    for testbed in testbeds():
        path = Path(f"results/{testbed}/config.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".yaml.new")
        try:
            unfinished.write_text(yaml.safe_dump(plain, sort_keys=False), encoding="utf-8")
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def say_what_holds(begun):
    """Print how many points of each figure whose tables were made since `begun` [s] hold."""
    from middlebench.records.holding import summary

    tables = (Path(figure_table(figure, "points")) for figure in config["figures"])
    made = [path for path in tables if path.exists() and path.stat().st_mtime >= begun]
    for line in summary(made):
        print(line, file=sys.stderr)


BEGUN = time()


onstart:
    with one_line_errors():
        folder.check_writable(["results", "figures"])
        write_configuration()
    keep_the_scheduler_quiet()


onsuccess:
    say_what_holds(BEGUN)


onerror:
    say_what_holds(BEGUN)
