"""What jobs need, by their wildcards: middlebench.planning says what of a configuration's names.

Needs: the configuration, whole. Makes: nothing.
"""

from middlebench.duts import registry
from middlebench.experiment.comparisons import all_comparisons
from middlebench.experiment.throughput import with_series
from middlebench.planning import asked, order, paths, programs
from middlebench.planning.cells import point_of, ports_of, protocol_of, series_of, size_of
from middlebench.planning.programs import NOTHING, PROGRAMS, program_path, program_sources
from middlebench.software import choice as software
from middlebench.software.processors import built_for

PORT_KINDS = registry.PORT_KINDS


def dut_program(wildcards):
    """What makes a DUT do a function."""
    return programs.dut_program(wildcards.dut, wildcards.function)


def dut_manifests(wildcards):
    """The manifests of what was built for a DUT, and what it reads besides."""
    return programs.dut_manifests(config, wildcards.dut)


def build_pattern(program):
    """A regular expression that matches the builds that the configuration asks for, if any."""
    return programs.build_pattern(config, program)


def one_of(names):
    """A regular expression that matches exactly these names, for wildcard_constraints."""
    return "|".join(map(re.escape, sorted(names)))


def generator_program(wildcards):
    """The program of ours that makes the load on a testbed, or exchanges frames for what makes it."""
    return programs.generator_program(config["testbeds"][wildcards.testbed])


def generator_scripts(wildcards):
    """What else of ours what makes the load on a testbed is given."""
    return programs.generator_scripts(config["testbeds"][wildcards.testbed])


def host_facts(wildcards):
    """The facts about a testbed's prepared hosts; none of a sandbox."""
    return paths.host_facts(config, wildcards.testbed)


def calibration_of(wildcards):
    """The calibration that a point needs."""
    ports = ports_of(config, wildcards.testbed, wildcards.dut)
    return paths.CALIBRATION.format(ports=ports, **dict(wildcards.items()))


def reboots(testbed):
    """Is a testbed's DUT started anew before each series?"""
    return order.reboots(config, testbed)


def clean_slate(wildcards):
    """The mark that the DUT's host was started anew before a point's series, where that is asked for."""
    if not reboots(wildcards.testbed):
        return []
    return [paths.CLEAN_SLATE.format(**dict(wildcards.items()))]


def point_priority(wildcards):
    """The sooner, the higher."""
    return order.point_priority(config, point_of(wildcards))


def series_priority(wildcards):
    """That of what comes right before the points of a series."""
    return order.point_priority(config, series_of(wildcards))


def testbeds():
    """The testbeds that some figure is measured on, in the order of the figures."""
    return asked.testbeds(config)


def figures_on(testbed):
    """The figures measured on a testbed."""
    return asked.figures_on(config, testbed)


def drawn_on(testbed):
    """The figures with a picture that are measured on a testbed."""
    return asked.drawn_on(config, testbed)


MEASURED = with_series(config)
"""The configuration with all that is measured as figures."""


def measured_on(testbed):
    """All of them on a testbed."""
    return asked.figures_on(MEASURED, testbed)


def check_paths(figures):
    """The functional checks that some figures of MEASURED need."""
    return paths.check_paths(MEASURED, figures)


def knee_limits():
    """What decides where the knee is, as a parameter of the tables."""
    return grid.as_param(
        {key: config["verdict"][key] for key in ("max_loss_ratio", "max_exceed_ratio")}
    )
