"""Tables from point records.

Needs: the records of the points that a table is about.
Makes: points.csv (one row a point), rates.csv (one row a rate of a series) and series.csv (one row a series) of each
figure and of each testbed; of each figure also sweep.csv (what became of each rate: coarse or fine, measured or skipped);
of each testbed also disturbance.csv (when and how its machine was disturbed).
"""


rule aggregate_figure:
    input:
        whole=after_sweeps("results/{testbed}/figures/{figure}/points.csv", lambda w: [w.figure]),
        records=lambda wildcards: record_paths([wildcards.figure]),
        plans=lambda wildcards: sweep_plans([wildcards.figure]),
    output:
        points="results/{testbed}/figures/{figure}/points.csv",
        series="results/{testbed}/figures/{figure}/series.csv",
        rates="results/{testbed}/figures/{figure}/rates.csv",
        sweep="results/{testbed}/figures/{figure}/sweep.csv",
    log:
        "results/{testbed}/logs/aggregate_figure/{figure}.log",
    conda:
        "../../envs/environment.yaml"
    params:
        code=contents("aggregate_figure"),
        limits=knee_limits(),
    message:
        "tables of {wildcards.figure} ({wildcards.testbed})"
    script:
        "../scripts/aggregate_figure.py"


rule aggregate_testbed:
    input:
        whole=after_sweeps("results/{testbed}/points.csv", lambda w: figures_on(w.testbed)),
        records=lambda wildcards: record_paths(figures_on(wildcards.testbed)),
        plans=lambda wildcards: sweep_plans(figures_on(wildcards.testbed)),
    output:
        points="results/{testbed}/points.csv",
        series="results/{testbed}/series.csv",
        rates="results/{testbed}/rates.csv",
        disturbance="results/{testbed}/disturbance.csv",
    log:
        "results/{testbed}/logs/aggregate_testbed.log",
    conda:
        "../../envs/environment.yaml"
    params:
        code=contents("aggregate_testbed"),
        limits=knee_limits(),
    message:
        "tables of {wildcards.testbed}"
    script:
        "../scripts/aggregate_testbed.py"
