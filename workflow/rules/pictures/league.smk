"""The league: which DUT is the fastest, how well that is known, and what is wrong with it.

Needs: what is measured for each series that the section `league` of the configuration stands for (league.smk).
Makes: results/<testbed>/league.csv and hardware.csv, figures/league.pdf and .png; nothing with `league: null`. Part of
`figures`, `tables` and the report once league.csv is there, as it takes half an hour; `league` makes it.
"""

LEAGUE_TABLES = expand("results/{testbed}/league.csv", testbed=league.measured_at(config))


rule tabulate_league:
    input:
        whole=after_files("results/{testbed}/league.csv", paths.league_paths(config, "league")),
        series=paths.league_paths(config, "league"),
        tried=paths.tried_paths(config, "league"),
    output:
        csv="results/{testbed}/league.csv",
        hardware="results/{testbed}/hardware.csv",
    log:
        "results/{testbed}/logs/tabulate_league.log",
    wildcard_constraints:
        testbed=one_of(league.measured_at(config)) or NOTHING,
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("tabulate_league"),
        limits=knee_limits(),
    message:
        "table of the league ({wildcards.testbed})"
    script:
        "../../scripts/tabulate_league.py"


rule plot_league:
    input:
        league=LEAGUE_TABLES,
    output:
        pdf="figures/league.pdf",
        png=report(
            "figures/league.png",
            caption="../../report/plot_league.rst",
            category="Figures",
            labels={"figure": "Which DUT is the fastest"},
        ),
    log:
        "results/logs/plot_league.log",
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_league"),
        style=grid.as_param(config["style"]),
    message:
        "drawing figures/league.pdf"
    script:
        "../../scripts/plot_league.py"


rule league:
    input:
        tables=LEAGUE_TABLES,
        hardware=expand("results/{testbed}/hardware.csv", testbed=league.measured_at(config)),
        figures=["figures/league.pdf", "figures/league.png"] if LEAGUE_TABLES else [],
        paths=["figures/dut_comparison.pdf"] if LEAGUE_TABLES else [],


if any(map(os.path.exists, LEAGUE_TABLES)):
    PICTURES += rules.league.input.figures
    PICTURE_TABLES += [*rules.league.input.tables, *rules.league.input.hardware]
