"""The frame sizes of a capture.

Needs: the capture that packet_sizes.pcap of the configuration names.
Makes: results/packet_sizes.csv, results/packet_sizes_capture.csv; figures/packet_sizes.pdf and .png.
"""

from middlebench.figures.packet_sizes.source import capture_file, found_by_jobs

config["packet_sizes"]["pcap"] = found_by_jobs(config["packet_sizes"]["pcap"])


rule count_packet_sizes:
    input:
        known=known,
        pcap=told(lambda: capture_file(config["packet_sizes"]["pcap"])),
    output:
        sizes="results/packet_sizes.csv",
        capture="results/packet_sizes_capture.csv",
    log:
        "results/logs/count_packet_sizes.log",
    priority: 2  # before what may fail: it needs no packets of ours
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("count_packet_sizes"),
    message:
        "counting the frame sizes of {input.pcap}"
    script:
        "../../scripts/count_packet_sizes.py"


rule plot_packet_sizes:
    input:
        sizes=rules.count_packet_sizes.output.sizes,
        capture=rules.count_packet_sizes.output.capture,
    output:
        pdf="figures/packet_sizes.pdf",
        png=report(
            "figures/packet_sizes.png",
            caption="../../report/plot_packet_sizes.rst",
            category="Figures",
            labels={"figure": "Frame sizes of a capture"},
        ),
    log:
        "results/logs/plot_packet_sizes.log",
    priority: 2  # before what may fail: it needs no packets of ours
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_packet_sizes"),
        style=grid.as_param(config["style"]),
        classes=grid.as_param(
            {key: config["packet_sizes"][key] for key in ("small_max", "large_min")}
        ),
    message:
        "drawing figures/packet_sizes.pdf"
    script:
        "../../scripts/plot_packet_sizes.py"


if config["packet_sizes"]["pcap"]:
    PICTURES += rules.plot_packet_sizes.output
