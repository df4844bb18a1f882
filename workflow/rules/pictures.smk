"""Figures that need no measurement: the testbed, the rules in use, the frame sizes of a capture.

Needs: the capture that packet_sizes.pcap of the configuration names; OpenFlow rules.
Makes: results/packet_sizes.csv, results/packet_sizes_capture.csv; figures/packet_sizes.{pdf,png},
figures/flow_tables.{pdf,png}, figures/testbed.{pdf,png}.
"""

from types import SimpleNamespace

from middlebench.errors import ConfigError
from middlebench.wiring import wiring


def pictures():
    """The figures of this file that the configuration allows."""
    allowed = {"packet_sizes": config["packet_sizes"]["pcap"], "flow_tables": rule_files()}
    return ["testbed", *(figure for figure, there in allowed.items() if there)]


def rule_files():
    """The OpenFlow rules in use: path -> the settings of their DUT that stand in them."""
    found = {}
    for figure in config["figures"]:
        settings = grid.figure_settings(config, figure)
        dut, function = settings["dut"], settings["function"]
        path = dut_program(SimpleNamespace(dut=dut, function=function))
        if path.endswith(".flows"):
            known = config["duts"][dut] if function in grid.TRANSLATING else {}
            found.setdefault(path, {k: v for k, v in known.items() if k == "snat_address"})
    return found


def drawn_rules(wildcards):
    """The paths of the rules in use; ends with one line when there are none."""
    with one_line_errors():
        if not rule_files():
            raise ConfigError(
                "figures: none has a DUT with OpenFlow rules, so there is no "
                "figures/flow_tables.pdf; allowed: for example dut: ovs-dpdk"
            )
    return list(rule_files())


def captured(wildcards):
    """The capture that the configuration names; ends with one line when there is none."""
    pcap = config["packet_sizes"]["pcap"]
    with one_line_errors():
        if pcap is None or not Path(pcap).is_file():
            why = "null" if pcap is None else f"{pcap} is no file"
            raise ConfigError(
                f"packet_sizes.pcap: {why}, so there is no figures/packet_sizes.pdf; "
                "allowed: a capture file, pcap or pcapng, either with gzip"
            )
    return pcap


rule count_packet_sizes:
    input:
        code=code("count_packet_sizes"),
        pcap=captured,
    output:
        sizes="results/packet_sizes.csv",
        capture="results/packet_sizes_capture.csv",
    log:
        "results/logs/count_packet_sizes.log",
    conda:
        "../../envs/environment.yaml"
    message:
        "counting the frame sizes of {input.pcap}"
    script:
        "../scripts/count_packet_sizes.py"


rule plot_packet_sizes:
    input:
        code=code("plot_packet_sizes"),
        sizes=rules.count_packet_sizes.output.sizes,
        capture=rules.count_packet_sizes.output.capture,
    output:
        pdf="figures/packet_sizes.pdf",
        png="figures/packet_sizes.png",
    log:
        "results/logs/plot_packet_sizes.log",
    conda:
        "../../envs/environment.yaml"
    params:
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
        code=code("plot_flow_tables"),
        rules=drawn_rules,
    output:
        pdf="figures/flow_tables.pdf",
        png="figures/flow_tables.png",
    log:
        "results/logs/plot_flow_tables.log",
    conda:
        "../../envs/environment.yaml"
    params:
        style=grid.as_param(config["style"]),
        settings=grid.as_param(rule_files()),
    message:
        "drawing figures/flow_tables.pdf"
    script:
        "../scripts/plot_flow_tables.py"


# The testbed that the configuration measures on by default; another one with an overlay.
rule plot_testbed:
    input:
        code=code("plot_testbed"),
    output:
        pdf="figures/testbed.pdf",
        png="figures/testbed.png",
    log:
        "results/logs/plot_testbed.log",
    conda:
        "../../envs/environment.yaml"
    params:
        style=grid.as_param(config["style"]),
        wiring=grid.as_param(wiring(config, config["defaults"]["testbed"])),
    message:
        "drawing figures/testbed.pdf"
    script:
        "../scripts/plot_testbed.py"
