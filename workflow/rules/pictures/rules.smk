"""Capacity over the number of rules.

Needs: a series of the league for each DUT and number of rules (league.smk), as `league.scaling.rules` asks for.
Makes: results/<testbed>/rules.csv, figures/rules.pdf and .png; part of `figures`, `tables` and the report once it is there.
"""

RULES_TABLES = expand("results/{testbed}/rules.csv", testbed=league.measured_at(config, "rules"))


rule tabulate_rules:
    input:
        whole=after_files("results/{testbed}/rules.csv", paths.league_paths(config, "rules")),
        series=paths.league_paths(config, "rules"),
        tried=paths.tried_paths(config, "rules"),
    output:
        csv="results/{testbed}/rules.csv",
    log:
        "results/{testbed}/logs/tabulate_rules.log",
    wildcard_constraints:
        testbed=one_of(league.measured_at(config, "rules")) or NOTHING,
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("tabulate_rules"),
        limits=knee_limits(),
    message:
        "capacity over the number of rules ({wildcards.testbed})"
    script:
        "../../scripts/tabulate_rules.py"


rule plot_rules:
    input:
        tables=RULES_TABLES,
    output:
        pdf="figures/rules.pdf",
        png=report(
            "figures/rules.png",
            caption="../../report/plot_rules.rst",
            category="Figures",
            labels={"figure": "Capacity over rules"},
        ),
    log:
        "results/logs/plot_rules.log",
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_rules"),
        style=grid.as_param(config["style"]),
    message:
        "drawing figures/rules.pdf"
    script:
        "../../scripts/plot_rules.py"


rule rules:
    input:
        tables=RULES_TABLES,
        figures=["figures/rules.pdf", "figures/rules.png"] if RULES_TABLES else [],


if any(map(os.path.exists, RULES_TABLES)):
    PICTURES += rules.rules.input.figures
    PICTURE_TABLES += rules.rules.input.tables
