"""Figures that need no measurement: the frame sizes of a capture.

Needs: the capture that packet_sizes.pcap of the configuration names.
Makes: results/packet_sizes.csv, results/packet_sizes_capture.csv; figures/packet_sizes.{pdf,png}.
"""

from middlebench.errors import ConfigError


def pictures():
    """The figures of this file that the configuration allows."""
    return [*(["packet_sizes"] if config["packet_sizes"]["pcap"] else [])]


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
