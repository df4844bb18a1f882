# Middlebench: from declared grid points to the figures of what a middlebox can carry.
# `snakemake -n` shows what would be measured; `snakemake --cores 1 figures/nat_64b.pdf` makes one figure.
from snakemake.utils import min_version

min_version("9.0")


include: "workflow/rules/common.smk"
include: "workflow/rules/code.smk"


configfile: readable("config.yaml")


check_configuration()


wildcard_constraints:
    testbed=one_of(config["testbeds"]),
    dut=one_of(config["duts"]),
    function=one_of(functions()),
    figure=one_of(config["figures"]),
    frame_size=r"\d+",
    flows=r"\d+",
    tcp=r"(_tcp)?",
    rate_mbit=r"\d+",
    repetition=r"\d+",
    round=r"\d+",
    program=one_of(PROGRAMS),


include: "workflow/rules/build.smk"
include: "workflow/rules/mos.smk"
include: "workflow/rules/hosts.smk"
include: "workflow/rules/clean_slate.smk"
include: "workflow/rules/measure.smk"
include: "workflow/rules/aggregate.smk"
include: "workflow/rules/figures.smk"


rule figures:
    input:
        expand("figures/{figure}.{form}", figure=config["figures"], form=["pdf", "png"]),


rule tables:
    input:
        expand(
            "results/{testbed}/{table}.csv",
            testbed=testbeds(),
            table=["points", "rates", "series", "disturbance"],
        ),
        expand("results/{testbed}/packet_rates.csv", testbed=firewall_testbeds()),


rule checks:
    input:
        check_paths(),


rule calibrations:
    input:
        calibration_paths(),


rule all:
    default_target: True
    input:
        rules.figures.input,
        rules.tables.input,
