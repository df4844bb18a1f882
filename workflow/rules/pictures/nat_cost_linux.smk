"""What each component of the kernel's NAT costs a packet.

Needs: the tables of the sweeps that the section `cost_linux` of the configuration stands for, and
its comparisons of neighbouring rungs in turns, if it asks for some.
Makes: results/<testbed>/cost_linux.csv, figures/nat_cost_linux.pdf and .png; nothing with `cost_linux: null`.
"""

from middlebench.experiment.comparisons import cost_comparisons
from middlebench.experiment.ladder import COST_LINUX, is_cost_sweep

LINUX_SWEEPS = [
    name for name, of in config["figures"].items() if is_cost_sweep(name, of, COST_LINUX)
]
LINUX_TESTBED = [grid.figure_settings(config, name)["testbed"] for name in LINUX_SWEEPS[:1]]
LINUX_TABLES = [f"results/{testbed}/cost_linux.csv" for testbed in LINUX_TESTBED]


use rule compute_cost as compute_cost_linux with:
    input:
        points=[figure_table(sweep, "points") for sweep in LINUX_SWEEPS],
        turns=[comparison_path(name) for name in cost_comparisons(config, COST_LINUX)],
    output:
        csv="results/{testbed}/cost_linux.csv",
    log:
        "results/{testbed}/logs/compute_cost_linux.log",
    wildcard_constraints:
        testbed=one_of(LINUX_TESTBED) or NOTHING,
    message:
        "cost of parsing, state and rewriting in the kernel ({wildcards.testbed})"


use rule plot_cost as plot_cost_linux with:
    input:
        cost=LINUX_TABLES,
    output:
        pdf="figures/nat_cost_linux.pdf",
        png=report(
            "figures/nat_cost_linux.png",
            caption="../../report/plot_cost_linux.rst",
            category="Figures",
            labels={"figure": "What each part of the kernel's NAT costs"},
        ),
    log:
        "results/logs/plot_cost_linux.log",
    message:
        "drawing figures/nat_cost_linux.pdf"


rule cost_linux:
    input:
        tables=LINUX_TABLES,
        figures=rules.plot_cost_linux.output if LINUX_SWEEPS else [],


PICTURES += rules.cost_linux.input.figures
PICTURE_TABLES += rules.cost_linux.input.tables
