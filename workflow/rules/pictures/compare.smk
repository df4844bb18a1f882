"""Which variants are slower than the first of their comparison.

Needs: the comparisons in turns that the section `compare` of the configuration asks for.
Makes: results/<testbed>/compare.csv, compare.json and compare.md, figures/compare.pdf and .png; nothing with
`compare: null`.
"""

COMPARE_TABLES = expand("results/{testbed}/compare.csv", testbed=compared_testbeds(config))


rule tabulate_comparisons:
    input:
        results=lambda w: [comparison_path(name) for name in on_testbed(config, w.testbed)],
    output:
        csv="results/{testbed}/compare.csv",
        json="results/{testbed}/compare.json",
        markdown="results/{testbed}/compare.md",
    log:
        "results/{testbed}/logs/tabulate_comparisons.log",
    wildcard_constraints:
        testbed=one_of(compared_testbeds(config)) or NOTHING,
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("tabulate_comparisons"),
    message:
        "tables of what was compared ({wildcards.testbed})"
    script:
        "../../scripts/tabulate_comparisons.py"


rule plot_compare:
    input:
        results=[
            comparison_path(name)
            for testbed in compared_testbeds(config)
            for name in on_testbed(config, testbed)
        ],
    output:
        pdf="figures/compare.pdf",
        png=report(
            "figures/compare.png",
            caption="../../report/plot_compare.rst",
            category="Figures",
            labels={"figure": "Variants compared in turns"},
        ),
    log:
        "results/logs/plot_compare.log",
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_compare"),
        style=grid.as_param(config["style"]),
    message:
        "drawing figures/compare.pdf"
    script:
        "../../scripts/plot_compare.py"


rule compare:
    input:
        tables=COMPARE_TABLES,
        figures=rules.plot_compare.output if COMPARE_TABLES else [],


PICTURES += rules.compare.input.figures
PICTURE_TABLES += rules.compare.input.tables
