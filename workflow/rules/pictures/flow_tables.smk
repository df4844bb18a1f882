"""The OpenFlow rules in use, as tables, and where they send packets.

Needs: the rules of the DUTs in the drawn figures.
Makes: figures/flow_tables.pdf and .png, where there are such rules.
"""

from middlebench.figures.flow_tables.in_use import at_least_one, rules_in_use

RULES_IN_USE = rules_in_use(config, programs.dut_program)


rule plot_flow_tables:
    input:
        known=known,
        rules=told(lambda: at_least_one(RULES_IN_USE)),
    output:
        pdf="figures/flow_tables.pdf",
        png=report(
            "figures/flow_tables.png",
            caption="../../report/plot_flow_tables.rst",
            category="Figures",
            labels={"figure": "The OpenFlow rules in use"},
        ),
    log:
        "results/logs/plot_flow_tables.log",
    priority: 2  # before what may fail: it needs no packets
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_flow_tables", *RULES_IN_USE),
        style=grid.as_param(config["style"]),
        settings=grid.as_param(RULES_IN_USE),
    message:
        "drawing figures/flow_tables.pdf"
    script:
        "../../scripts/plot_flow_tables.py"


if RULES_IN_USE:
    PICTURES += rules.plot_flow_tables.output
