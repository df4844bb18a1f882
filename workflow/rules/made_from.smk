"""What each result is made from, by the wildcards of its job: settings, rules, programs and code.

Needs: the configuration, whole; no host is contacted. Makes: nothing.
"""

from middlebench.planning.made_from import MadeFrom

MADE_FROM = MadeFrom(config, code_line)


def contents(rule_name, *files):
    """What a figure or a table is made from besides its inputs, as a parameter: code and files."""
    return MADE_FROM.contents(rule_name, *files)


def checked(w):
    """What names a check."""
    return w.testbed, w.dut, w.function, protocol_of(w)


def check_made_from(w):
    """What a check is made from."""
    return MADE_FROM.check(*checked(w))


def calibration_made_from(w):
    """What a calibration is made from."""
    return MADE_FROM.calibration(w.testbed, w.ports, protocol_of(w), size_of(w))


def point_settings(w):
    """The settings of a point, as its script takes them."""
    return MADE_FROM.point_settings(point_of(w))


def point_made_from(w):
    """What a point is made from."""
    return MADE_FROM.point(point_settings(w), *checked(w))


def point_param(w):
    """The same as its script takes it."""
    return MADE_FROM.point_param(point_settings(w), *checked(w))


def throughput_settings(w):
    """The settings of a series whose throughput is measured, as its script takes them."""
    return MADE_FROM.throughput_settings(w.function, size_of(w))


def throughput_made_from(w):
    """What it is made from."""
    return MADE_FROM.throughput(size_of(w), *checked(w))


def tried_settings(w):
    """The settings of what is found out about a DUT for the league, as its script takes them."""
    return MADE_FROM.tried_settings(*checked(w))


def tried_made_from(w):
    """What that is made from."""
    return MADE_FROM.tried(*checked(w))


def league_settings(w):
    """The settings of a series of the league, as its script takes them."""
    return MADE_FROM.league_settings(w.dut, w.function, size_of(w))


def league_made_from(w):
    """What it is made from."""
    return MADE_FROM.league(size_of(w), *checked(w))


def plan_made_from(w):
    """What a plan is made from; see MadeFrom.plan."""
    return MADE_FROM.plan(w.figure, figure_records(w.figure, before=int(w.round)))


def chosen_for(program, build):
    """A configuration of nothing but the software that a build is asked for by."""
    return {"software": software.builds(config, program)[build]}


def build_settings(program, build):
    """What decides a build, as a parameter."""
    return grid.as_param(software.build_settings(chosen_for(program, build), program))
