"""Figures that need no measurement: the testbed, the rules in use, the frame sizes of a capture.

Needs: the capture that packet_sizes.pcap of the configuration names; OpenFlow rules.
Makes: results/packet_sizes.csv, results/packet_sizes_capture.csv; figures/packet_sizes.{pdf,png},
figures/flow_tables.{pdf,png}, figures/testbed.{pdf,png}.
"""


rule count_packet_sizes:
    input:
        known=known,
        pcap=captured,
    output:
        sizes="results/packet_sizes.csv",
        capture="results/packet_sizes_capture.csv",
    log:
        "results/logs/count_packet_sizes.log",
    conda:
        "../../envs/environment.yaml"
    params:
        code=contents("count_packet_sizes"),
    message:
        "counting the frame sizes of {input.pcap}"
    script:
        "../scripts/count_packet_sizes.py"


rule plot_packet_sizes:
    input:
        sizes=rules.count_packet_sizes.output.sizes,
        capture=rules.count_packet_sizes.output.capture,
    output:
        pdf="figures/packet_sizes.pdf",
        png=report(
            "figures/packet_sizes.png",
            caption="../report/plot_packet_sizes.rst",
            category="Figures",
            labels={"figure": "Frame sizes of a capture"},
        ),
    log:
        "results/logs/plot_packet_sizes.log",
    conda:
        "../../envs/environment.yaml"
    params:
        code=contents("plot_packet_sizes"),
        style=grid.as_param(config["style"]),
        classes=grid.as_param(
            {key: config["packet_sizes"][key] for key in ("small_max", "large_min")}
        ),
    message:
        "drawing figures/packet_sizes.pdf"
    script:
        "../scripts/plot_packet_sizes.py"


rule plot_flow_tables:
    input:
        known=known,
        rules=drawn_rules,
    output:
        pdf="figures/flow_tables.pdf",
        png=report(
            "figures/flow_tables.png",
            caption="../report/plot_flow_tables.rst",
            category="Figures",
            labels={"figure": "The OpenFlow rules in use"},
        ),
    log:
        "results/logs/plot_flow_tables.log",
    conda:
        "../../envs/environment.yaml"
    params:
        code=contents("plot_flow_tables", *rule_files()),
        style=grid.as_param(config["style"]),
        settings=grid.as_param(rule_files()),
    message:
        "drawing figures/flow_tables.pdf"
    script:
        "../scripts/plot_flow_tables.py"


# The testbed that the configuration measures on by default; another one with an overlay.
rule plot_testbed:
    input:
        known=known,
    output:
        pdf="figures/testbed.pdf",
        png=report(
            "figures/testbed.png",
            caption="../report/plot_testbed.rst",
            category="Figures",
            labels={"figure": "The testbed"},
        ),
    log:
        "results/logs/plot_testbed.log",
    conda:
        "../../envs/environment.yaml"
    params:
        code=contents("plot_testbed"),
        style=grid.as_param(config["style"]),
        wiring=grid.as_param(wiring(config, config["defaults"]["testbed"])),
    message:
        "drawing figures/testbed.pdf"
    script:
        "../scripts/plot_testbed.py"
