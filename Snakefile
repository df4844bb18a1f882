# Middlebench: from declared grid points to the figures of what a middlebox can carry.
# `snakemake -n` shows what would be measured; `snakemake --cores 1 figures/nat_64b.pdf` makes one figure.
from snakemake.utils import min_version

min_version("9.0")


include: "workflow/rules/common.smk"


RUNS_HERE = begin_in_folder()


configfile: readable("config.yaml")


check_configuration()


include: "workflow/rules/needed.smk"
include: "workflow/rules/plans.smk"
include: "workflow/rules/code.smk"
include: "workflow/rules/made_from.smk"
include: "workflow/rules/kept.smk"
include: "workflow/rules/shown.smk"


wildcard_constraints:
    testbed=one_of(config["testbeds"]),
    dut=one_of(config["duts"]),
    function=one_of(asked.functions(config)),
    figure=one_of(config["figures"]),
    frame_size="|".join([r"\d+b", *map(re.escape, config["mixes"])]),
    flows=r"\d+",
    tcp=r"(_tcp)?",
    rate_mbit=r"\d+(\.\d+)?",
    repetition=r"\d+",
    round=r"\d+",
    comparison=one_of(all_comparisons(config)) or NOTHING,
    program=one_of(PROGRAMS),
    ports=one_of(PORT_KINDS),


include: "workflow/rules/build.smk"
include: "workflow/rules/mos.smk"
include: "workflow/rules/hosts.smk"
include: "workflow/rules/clean_slate.smk"
include: "workflow/rules/measure.smk"
include: "workflow/rules/compare.smk"
include: "workflow/rules/league.smk"
include: "workflow/rules/aggregate.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/drawn.smk"


for picture in OTHER_FIGURES:

    include: f"workflow/rules/pictures/{picture}.smk"

    unless_left_out(picture)


include: "workflow/rules/describe.smk"
include: "workflow/rules/report.smk"


report: "workflow/report/workflow.rst"


rule figures:
    input:
        expand("figures/{figure}.{form}", figure=drawn_figures(config), form=["pdf", "png"]),
        PICTURES,


rule tables:
    input:
        expand(
            "results/{testbed}/{table}.csv",
            testbed=testbeds(),
            table=["points", "rates", "series", "disturbance"],
        ),
        PICTURE_TABLES,


rule checks:
    input:
        check_paths(MEASURED["figures"]),


rule calibrations:
    input:
        paths.calibration_paths(MEASURED, MEASURED["figures"]),


rule all:
    default_target: True
    input:
        rules.figures.input,
        rules.tables.input,
        words_of_report(None),  # so that `snakemake --report` has what its captions include


check_what_is_asked()
