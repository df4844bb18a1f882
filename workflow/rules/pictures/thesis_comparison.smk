"""The numbers of the thesis beside ours, and its corrections, computed.

Needs: the series tables of the drawn figures, the thesis's numbers, the functional checks of its NATs.
Makes: results/<testbed>/thesis_comparison.csv and corrections.csv; figures/thesis_comparison.pdf and .png.
"""

DRAWN_TESTBEDS = list(filter(drawn_on, testbeds()))


rule compare_thesis:
    input:
        series=lambda w: [figure_table(f, "series") for f in drawn_on(w.testbed)],
        reference=REFERENCE,
        check=lambda w: paths.checks_of_corrections(config, w.testbed, drawn_on(w.testbed)),
    output:
        comparison="results/{testbed}/thesis_comparison.csv",
        corrections="results/{testbed}/corrections.csv",
    log:
        "results/{testbed}/logs/compare_thesis.log",
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("compare_thesis", REFERENCE),
    message:
        "the thesis's numbers beside those of {wildcards.testbed}"
    script:
        "../../scripts/compare_thesis.py"


rule plot_comparison:
    input:
        comparison=[f"results/{testbed}/thesis_comparison.csv" for testbed in DRAWN_TESTBEDS],
    output:
        pdf="figures/thesis_comparison.pdf",
        png=report(
            "figures/thesis_comparison.png",
            caption="../../report/plot_comparison.rst",
            category="Figures",
            labels={"figure": "The thesis's numbers beside ours"},
        ),
    log:
        "results/logs/plot_comparison.log",
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_comparison"),
        style=grid.as_param(config["style"]),
    message:
        "drawing figures/thesis_comparison.pdf"
    script:
        "../../scripts/plot_comparison.py"


rule comparison:
    input:
        tables=expand(
            "results/{testbed}/{table}.csv",
            testbed=DRAWN_TESTBEDS,
            table=["thesis_comparison", "corrections"],
        ),
        figures=rules.plot_comparison.output,


PICTURES += rules.comparison.input.figures
PICTURE_TABLES += rules.comparison.input.tables
