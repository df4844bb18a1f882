"""Points that other load generators measured elsewhere, marked so, beside ours.

Needs: the files that the section `imported` of the configuration names; rates and series of the figures beside.
Makes: results/imported/series/<series>.csv, results/imported/imported.csv of all of them;
figures/imported/<name>.pdf and .png. No knee and no interval has them: no other table is made from these.
"""

from middlebench.experiment import imported as elsewhere

IMPORTED = config["imported"]


rule import_points:
    input:
        known=known,
        files=lambda w: told(lambda: elsewhere.files_of(config, w.series))(w),
    output:
        points="results/imported/series/{series}.csv",
    log:
        "results/logs/import_points/{series}.log",
    wildcard_constraints:
        series=one_of(IMPORTED["series"]) or NOTHING,
    priority: 2  # before what may fail: it needs no packets of ours
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("import_points"),
        settings=lambda w: grid.as_param(IMPORTED["series"][w.series]),
    message:
        "importing {wildcards.series}"
    script:
        "../../scripts/import_points.py"


rule tabulate_imported:
    input:
        series=expand("results/imported/series/{series}.csv", series=IMPORTED["series"]),
    output:
        csv="results/imported/imported.csv",
    log:
        "results/logs/tabulate_imported.log",
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("tabulate_imported"),
    message:
        "table of imported points"
    script:
        "../../scripts/tabulate_imported.py"


rule plot_imported:
    input:
        imported=lambda w: expand(
            "results/imported/series/{series}.csv",
            series=IMPORTED["figures"][w.imported]["series"],
        ),
        rates=lambda w: [figure_table(f, "rates") for f in elsewhere.beside(config, w.imported)],
        series=lambda w: [figure_table(f, "series") for f in elsewhere.beside(config, w.imported)],
    output:
        pdf="figures/imported/{imported}.pdf",
        png=report(
            "figures/imported/{imported}.png",
            caption="../../report/plot_imported.rst",
            category="Figures",
            labels=lambda w: {"figure": label(elsewhere.title(config, w.imported))},
        ),
    log:
        "results/logs/plot_imported/{imported}.log",
    wildcard_constraints:
        imported=one_of(IMPORTED["figures"]) or NOTHING,
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_imported"),
        style=grid.as_param(config["style"]),
        title=lambda w: elsewhere.title(config, w.imported),
        beside=lambda w: grid.as_param(elsewhere.beside(config, w.imported)),
    message:
        "drawing figures/imported/{wildcards.imported}.pdf"
    script:
        "../../scripts/plot_imported.py"


rule imported:
    input:
        tables=rules.tabulate_imported.output if IMPORTED["series"] else [],
        figures=expand(
            "figures/imported/{imported}.{form}", imported=IMPORTED["figures"], form=["pdf", "png"]
        ),


PICTURES += rules.imported.input.figures
PICTURE_TABLES += rules.imported.input.tables
