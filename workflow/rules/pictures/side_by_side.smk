"""What one DUT carries beside another.

Needs: the tables of the figures that side_by_side of the configuration names.
Makes: figures/side_by_side.pdf and .png; nothing with `side_by_side: null`.
"""

from middlebench.experiment.side_by_side import standing


rule plot_side_by_side:
    input:
        points=told(lambda: [figure_table(f, "points") for f in standing(config)]),
        rates=told(lambda: [figure_table(f, "rates") for f in standing(config)]),
        series=told(lambda: [figure_table(f, "series") for f in standing(config)]),
    output:
        pdf="figures/side_by_side.pdf",
        png=report(
            "figures/side_by_side.png",
            caption="../../report/plot_side_by_side.rst",
            category="Figures",
            labels={"figure": "DUTs side by side"},
        ),
    log:
        "results/logs/plot_side_by_side.log",
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_side_by_side"),
        style=grid.as_param(config["style"]),
    message:
        "drawing figures/side_by_side.pdf"
    script:
        "../../scripts/plot_side_by_side.py"


if config["side_by_side"]:
    PICTURES += rules.plot_side_by_side.output
