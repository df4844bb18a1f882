"""What each component of a NAT costs a packet.

Needs: the tables of the sweeps that the section `cost` of the configuration stands for, and its comparisons of
neighbouring rungs in turns.
Makes: results/<testbed>/cost.csv, figures/nat_cost.pdf and .png; nothing with `cost: null`.
"""

from middlebench.experiment.comparisons import cost_comparisons
from middlebench.experiment.ladder import COST, is_cost_sweep

COST_SWEEPS = [name for name, of in config["figures"].items() if is_cost_sweep(name, of, COST)]
COST_TESTBED = [grid.figure_settings(config, name)["testbed"] for name in COST_SWEEPS[:1]]
COST_TABLES = [f"results/{testbed}/cost.csv" for testbed in COST_TESTBED]


rule compute_cost:
    input:
        points=[figure_table(sweep, "points") for sweep in COST_SWEEPS],
        turns=[comparison_path(name) for name in cost_comparisons(config, COST)],
    output:
        csv="results/{testbed}/cost.csv",
    log:
        "results/{testbed}/logs/compute_cost.log",
    wildcard_constraints:
        testbed=one_of(COST_TESTBED) or NOTHING,
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("compute_cost"),
        limits=knee_limits(),
    message:
        "cost of parsing, state and rewriting ({wildcards.testbed})"
    script:
        "../../scripts/compute_cost.py"


rule plot_cost:
    input:
        cost=COST_TABLES,
    output:
        pdf="figures/nat_cost.pdf",
        png=report(
            "figures/nat_cost.png",
            caption="../../report/plot_cost.rst",
            category="Figures",
            labels={"figure": "What each part of a NAT costs"},
        ),
    log:
        "results/logs/plot_cost.log",
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_cost"),
        style=grid.as_param(config["style"]),
    message:
        "drawing figures/nat_cost.pdf"
    script:
        "../../scripts/plot_cost.py"


rule cost:
    input:
        tables=COST_TABLES,
        figures=rules.plot_cost.output if COST_SWEEPS else [],


PICTURES += rules.cost.input.figures
PICTURE_TABLES += rules.cost.input.tables
