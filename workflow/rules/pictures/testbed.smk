"""How the testbed is wired that the configuration measures on by default; another one with an overlay.

Needs: nothing but the configuration. Makes: figures/testbed.pdf and .png.
"""

from middlebench.experiment.wiring import wiring


rule plot_testbed:
    input:
        known=known,
    output:
        pdf="figures/testbed.pdf",
        png=report(
            "figures/testbed.png",
            caption="../../report/plot_testbed.rst",
            category="Figures",
            labels={"figure": "The testbed"},
        ),
    log:
        "results/logs/plot_testbed.log",
    priority: 2  # before what may fail: it needs no packets
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_testbed"),
        style=grid.as_param(config["style"]),
        wiring=grid.as_param(wiring(config, config["defaults"]["testbed"])),
    message:
        "drawing figures/testbed.pdf"
    script:
        "../../scripts/plot_testbed.py"


PICTURES += rules.plot_testbed.output
