"""What is made again after an edit of Python, C, rules or the published numbers."""

import pytest

from changes import edited
from reruns import (
    CALIBRATION,
    CHECKS,
    COMPARISON,
    EVERYTHING,
    FLOW_TABLES,
    LIBRARY,
    NAT_CHECK,
    PICTURES,
    PLANS,
    PLOTS,
    POINTS,
    RULES,
    SOFTGEN,
    TABLES,
    TESTBED,
    rows,
)
from workspace import job_counts

CASES = {
    "plot script": (edited("workflow/scripts/plot_series.py"), {"plot_series": 2}),
    "published numbers": (
        edited("workflow/reference/thesis.yaml"),
        {"compare_thesis": 1, "describe_figure": 2, **PLOTS},
    ),
    "library: a comment, a docstring, an empty line": (
        edited(
            *(f"{LIBRARY}/{name}.py" for name in ("errors", "records/verdict")),
            line="\n# a comment",
        ),
        {},
    ),
    "library: plots only": (edited(f"{LIBRARY}/figures/drawing/style.py"), PLOTS | PICTURES),
    "library: drawings only": (
        edited(f"{LIBRARY}/figures/drawing/canvas.py"),
        FLOW_TABLES | TESTBED,
    ),
    "library: OpenFlow": (edited(f"{LIBRARY}/duts/ovs/openflow.py"), FLOW_TABLES),
    "library: wiring, with the same words": (edited(f"{LIBRARY}/experiment/wiring.py"), {}),
    "library: tables": (edited(f"{LIBRARY}/analysis/tables.py"), TABLES | PLOTS),
    "library: verdict": (edited(f"{LIBRARY}/records/verdict.py"), POINTS),
    "library: sandbox": (edited(f"{LIBRARY}/testbeds/sandbox.py"), EVERYTHING),
    "library: statistics": (edited(f"{LIBRARY}/analysis/knee.py"), PLANS),
    "library: this DUT": (edited(f"{LIBRARY}/duts/ovs/sandbox.py"), CHECKS),
    "library: the calibration's path": (edited(f"{LIBRARY}/duts/vhost_programs.py"), CALIBRATION),
    "library: any Open vSwitch": (edited(f"{LIBRARY}/duts/ovs/switch.py"), CHECKS),
    "library: hosts with ports of their own": (
        edited(
            *(
                f"{LIBRARY}/{name}.py"
                for name in ("measuring/on_hosts", "testbeds/run_folder", "duts/ovs/hosts")
            )
        ),
        {},
    ),
    "library: this generator": (edited(f"{LIBRARY}/loadgens/softgen.py"), EVERYTHING),
    "a generator that nothing uses": (
        edited("workflow/loadgens/moongen/middlebench.lua", f"{LIBRARY}/loadgens/moongen.py"),
        {},
    ),
    "a generator more": (
        edited(f"{LIBRARY}/generators.py", line='GENERATORS["more"] = GENERATORS[IN_A_SANDBOX]'),
        PLANS,  # these read records of any generator
    ),
    "another entry of this generator": (
        edited(f"{LIBRARY}/generators.py", line='GENERATORS["softgen"] = GENERATORS["moongen"]'),
        EVERYTHING | TESTBED,  # its picture has the title
    ),
    "library: which points are repeated": (edited(f"{LIBRARY}/analysis/repetitions.py"), PLANS),
    "library: which points follow": (edited(f"{LIBRARY}/analysis/sweep.py"), PLANS),
    "measuring script": (edited("workflow/scripts/measure_point.py"), POINTS),
    "nat.flows": (edited(f"{RULES}/nat.flows"), NAT_CHECK | FLOW_TABLES),
    "a program that nothing uses": (
        edited("workflow/middleboxes/token_bucket/token_bucket.c"),
        {},
    ),
    "rules that nothing uses": (edited(f"{RULES}/forward.flows"), {}),
    "rules that are only checked": (
        edited(f"{RULES}/nat_thesis.flows"),
        {"check_function": 1, **COMPARISON},
    ),
    "library: comparison": (edited(f"{LIBRARY}/analysis/comparison.py"), COMPARISON),
    "library: cost, but no ladder": (edited(f"{LIBRARY}/analysis/cost.py"), {}),
    "softgen source": (edited("workflow/loadgens/softgen/main.c"), SOFTGEN),
    "softgen header": (edited("workflow/loadgens/softgen/gate.h"), SOFTGEN),
    "softgen Makefile": (edited("workflow/loadgens/softgen/Makefile"), SOFTGEN),
    "library: builds, but nothing is built": (edited(f"{LIBRARY}/software/builds.py"), {}),
}

ALIKE = {
    "softgen header",
    "softgen Makefile",
    "library: which points follow",
    "rules that nothing uses",
    "a program that nothing uses",
    "a generator that nothing uses",
    "library: builds, but nothing is built",
}


@pytest.mark.parametrize(("change", "jobs"), rows(CASES, ALIKE))
def test_a_change_reruns_what_depends_on_it_only(workflow, change, jobs):
    """After each change exactly these jobs would run."""
    change(workflow)
    assert job_counts(workflow) == jobs
