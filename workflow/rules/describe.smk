"""What was measured and what came out, in words and in tables of facts, for the report.

Needs: the records, the functional checks, the tables of a testbed and of its figures.
Makes: results/<testbed>/{software,hosts,checks,in_doubt}.csv, results/<testbed>/report/overview.rst;
results/<testbed>/figures/<figure>/words.rst.
"""


rule describe_testbed:
    input:
        whole=after_sweeps("results/{testbed}/software.csv", lambda w: figures_on(w.testbed)),
        points="results/{testbed}/points.csv",
        series="results/{testbed}/series.csv",
        records=lambda wildcards: record_paths(figures_on(wildcards.testbed)),
        checks=lambda w: check_paths(measured_on(w.testbed)),
    output:
        **{table: f"results/{{testbed}}/{table}.csv" for table in DESCRIBED},
        overview="results/{testbed}/report/overview.rst",
    log:
        "results/{testbed}/logs/describe_testbed.log",
    conda:
        "../../envs/environment.yaml"
    params:
        code=contents("describe_testbed"),
        about=lambda w: grid.as_param(config["testbeds"][w.testbed]),
    message:
        "what was measured on {wildcards.testbed}, in words and tables"
    script:
        "../scripts/describe_testbed.py"


rule describe_figure:
    input:
        series="results/{testbed}/figures/{figure}/series.csv",
        rates="results/{testbed}/figures/{figure}/rates.csv",
        reference=REFERENCE,
    output:
        words="results/{testbed}/figures/{figure}/words.rst",
    log:
        "results/{testbed}/logs/describe_figure/{figure}.log",
    conda:
        "../../envs/environment.yaml"
    params:
        code=contents("describe_figure", REFERENCE),
    message:
        "{wildcards.figure} in words"
    script:
        "../scripts/describe_figure.py"
