"""Figures.

Needs: the tables of a figure, the thesis's published numbers; the records of a figure.
Makes: figures/<figure>.pdf (vector) and figures/<figure>.png; when asked for, figures/states/<figure>.pdf and .png, the
same trials before and after the machine's states are told apart.
"""


rule plot_series:
    input:
        points=lambda wildcards: figure_table(wildcards.figure, "points"),
        rates=lambda wildcards: figure_table(wildcards.figure, "rates"),
        series=lambda wildcards: figure_table(wildcards.figure, "series"),
        reference=REFERENCE,
    output:
        pdf="figures/{figure}.pdf",
        png=report(
            "figures/{figure}.png",
            caption="../report/plot_series.rst",
            category="Figures",
            labels=lambda wildcards: {"figure": label(figure_title(wildcards))},
        ),
    log:
        "results/logs/plot_series/{figure}.log",
    conda:
        "../../envs/environment.yaml"
    params:
        code=contents("plot_series", REFERENCE),
        style=grid.as_param(config["style"]),
        title=figure_title,
        rates=figure_rates,  # in the caption
    message:
        "drawing figures/{wildcards.figure}.pdf"
    script:
        "../scripts/plot_series.py"


rule plot_states:
    input:
        whole=after_sweeps("figures/states/{figure}.pdf", lambda w: [w.figure]),
        records=lambda wildcards: record_paths([wildcards.figure]),
    output:
        pdf="figures/states/{figure}.pdf",
        png="figures/states/{figure}.png",
    log:
        "results/logs/plot_states/{figure}.log",
    conda:
        "../../envs/environment.yaml"
    params:
        code=contents("plot_states"),
        style=grid.as_param(config["style"]),
        title=figure_title,
    message:
        "drawing figures/states/{wildcards.figure}.pdf"
    script:
        "../scripts/plot_states.py"
