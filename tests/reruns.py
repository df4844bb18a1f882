"""Jobs that are made again after a change, and tables of changes, for the tests of reruns."""

import pytest

COMPARISON = {"compare_thesis": 1, "plot_comparison": 1}
PLOTS = {"plot_series": 2, "plot_comparison": 1}
MACHINE = {"plot_machine": 1}
WORDS = {"describe_figure": 2, "describe_testbed": 1}
TABLES = {"aggregate_figure": 2, "aggregate_testbed": 1, "compare_thesis": 1, **MACHINE, **WORDS}
PLANS = {"plan_points": 2, **TABLES, **PLOTS}
POINTS = {"measure_point": 3, **PLANS}
CHECKS = {"check_function": 3, **POINTS}  # the thesis's NAT is checked and not measured
CALIBRATION = {"calibrate": 1, **POINTS}
EVERYTHING = {"calibrate": 1, **CHECKS}
SOFTGEN = {"build_program": 1, **EVERYTHING}
ONE_NAT_FIGURE = {"plan_points": 1, "aggregate_figure": 1, "aggregate_testbed": 1}
ONE_NAT_FIGURE |= {"plot_series": 1, **COMPARISON, **MACHINE, **WORDS, "describe_figure": 1}
ONE_NAT_POINT = {"measure_point": 1, **ONE_NAT_FIGURE}
NAT_POINTS = {"measure_point": 2, **ONE_NAT_FIGURE}
NAT_CHECK = {"check_function": 1, **NAT_POINTS}
NAT_TCP = {"calibrate": 1, **NAT_CHECK}

SWITCH = {"build_ovs": 1, **CHECKS}
SWITCH_AND_DPDK = {"build_dpdk": 1, **SWITCH}

FLOW_TABLES, TESTBED = {"plot_flow_tables": 1}, {"plot_testbed": 1}
PICTURES = FLOW_TABLES | TESTBED | MACHINE

LIBRARY = "workflow/scripts/middlebench"
RULES = "workflow/middleboxes/open_vswitch"

TARBALL = {"from": "tarball", "version": "3.1.0", "sha256": "0" * 64, "path": "x.tar.gz"}
GIT = {"from": "git", "url": "https://example.org/x", "commit": "0" * 40}
"""A switch and a DPDK of one's own."""


def rows(cases, alike=()):
    """The rows of a table (name -> change, jobs) as parameters; `alike`: names of the slow ones.

    Of those another row tells nearly the same.
    """
    assert set(alike) <= set(cases)
    return [
        pytest.param(*case, id=name, marks=[pytest.mark.slow] if name in alike else [])
        for name, case in cases.items()
    ]
