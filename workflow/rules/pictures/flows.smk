"""Capacity over the number of flows.

Needs: a series of the league for each DUT and number of flows (league.smk), as `league.scaling.flows` asks for.
Makes: results/<testbed>/flows.csv, figures/flows.pdf and .png; part of `figures`, `tables` and the report once it is there.
"""

FLOWS_TABLES = expand("results/{testbed}/flows.csv", testbed=league.measured_at(config, "flows"))


rule tabulate_flows:
    input:
        whole=after_files("results/{testbed}/flows.csv", paths.league_paths(config, "flows")),
        series=paths.league_paths(config, "flows"),
        tried=paths.tried_paths(config, "flows"),
    output:
        csv="results/{testbed}/flows.csv",
    log:
        "results/{testbed}/logs/tabulate_flows.log",
    wildcard_constraints:
        testbed=one_of(league.measured_at(config, "flows")) or NOTHING,
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("tabulate_flows"),
        limits=knee_limits(),
    message:
        "capacity over the number of flows ({wildcards.testbed})"
    script:
        "../../scripts/tabulate_flows.py"


rule plot_flows:
    input:
        tables=FLOWS_TABLES,
    output:
        pdf="figures/flows.pdf",
        png=report(
            "figures/flows.png",
            caption="../../report/plot_flows.rst",
            category="Figures",
            labels={"figure": "Capacity over flows"},
        ),
    log:
        "results/logs/plot_flows.log",
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_flows"),
        style=grid.as_param(config["style"]),
    message:
        "drawing figures/flows.pdf"
    script:
        "../../scripts/plot_flows.py"


rule flows:
    input:
        tables=FLOWS_TABLES,
        figures=["figures/flows.pdf", "figures/flows.png"] if FLOWS_TABLES else [],


if any(map(os.path.exists, FLOWS_TABLES)):
    PICTURES += rules.flows.input.figures
    PICTURE_TABLES += rules.flows.input.tables
