"""Throughput by RFC 2544 and RFC 9971: NDR, PDR, and the latency below.

Needs: what a point needs, for each series that the section `throughput` of the configuration stands for.
Makes: results/<testbed>/throughput/<dut>/<function>/<size>b_<flows>flows.json, all trials of a series;
results/<testbed>/throughput.csv, figures/throughput.pdf and .png; nothing with `throughput: null`.
"""

from middlebench.experiment.throughput import all_series

SERIES_TESTBED = sorted({of.testbed for of in all_series(config)})
SERIES_FITS = fits(paths.THROUGHPUT, throughput_made_from, throughput_settings)
THROUGHPUT_TABLES = [f"results/{testbed}/throughput.csv" for testbed in SERIES_TESTBED]


# One job for a series: each load depends on all trials before it.
rule measure_throughput:
    input:
        unpack(
            inputs(
                SERIES_FITS,
                dated={"hosts": host_facts, "slate": clean_slate},
                generator=generator_program,
                program=dut_program,
                built=dut_manifests,
                scripts=generator_scripts,
                check=paths.CHECK,
                calibration=calibration_of,
            )
        ),
    output:
        series=paths.THROUGHPUT,
    log:
        paths.log_of(paths.THROUGHPUT),
    priority: series_priority
    conda:
        "../../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        settings=lambda w, output: throughput_settings(w),
        made_from=lambda w, output: grid.as_param(throughput_made_from(w)),
    message:
        "throughput of {wildcards.function}, {FRAMES:{wildcards.frame_size} }, {wildcards.flows} flows on {wildcards.dut} ({wildcards.testbed})"
    script:
        "../../scripts/measure_throughput.py"


rule tabulate_throughput:
    input:
        whole=after_files("results/{testbed}/throughput.csv", paths.throughput_paths(config)),
        series=paths.throughput_paths(config),
    output:
        csv="results/{testbed}/throughput.csv",
    log:
        "results/{testbed}/logs/tabulate_throughput.log",
    wildcard_constraints:
        testbed=one_of(SERIES_TESTBED) or NOTHING,
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("tabulate_throughput"),
    message:
        "table of the throughput ({wildcards.testbed})"
    script:
        "../../scripts/tabulate_throughput.py"


rule plot_throughput:
    input:
        throughput=THROUGHPUT_TABLES,
    output:
        pdf="figures/throughput.pdf",
        png=report(
            "figures/throughput.png",
            caption="../../report/plot_throughput.rst",
            category="Figures",
            labels={"figure": "Throughput"},
        ),
    log:
        "results/logs/plot_throughput.log",
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_throughput"),
        style=grid.as_param(config["style"]),
    message:
        "drawing figures/throughput.pdf"
    script:
        "../../scripts/plot_throughput.py"


rule throughput:
    input:
        tables=THROUGHPUT_TABLES,
        figures=rules.plot_throughput.output if THROUGHPUT_TABLES else [],


PICTURES += rules.throughput.input.figures
PICTURE_TABLES += rules.throughput.input.tables
