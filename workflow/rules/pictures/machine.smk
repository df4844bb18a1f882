"""In which states the machines were over the run, and when they stood still.

Needs: disturbance.csv of each testbed. Makes: figures/machine.pdf and .png.
"""


rule plot_machine:
    input:
        disturbance=expand("results/{testbed}/disturbance.csv", testbed=testbeds()),
    output:
        pdf="figures/machine.pdf",
        png=report(
            "figures/machine.png",
            caption="../../report/plot_machine.rst",
            category="Figures",
            labels={"figure": "What the machine did"},
        ),
    log:
        "results/logs/plot_machine.log",
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_machine"),
        style=grid.as_param(config["style"]),
    message:
        "drawing figures/machine.pdf"
    script:
        "../../scripts/plot_machine.py"


PICTURES += rules.plot_machine.output
