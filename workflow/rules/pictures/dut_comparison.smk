"""The three paths of packets beside each other, in numbers: kernel, userspace, DPDK (the thesis's figure 3.8).

Needs: league.csv of each testbed; which DUT stands for a path, `league.paths` says.
Makes: figures/dut_comparison.pdf and .png; part of `figures` and the report once league.csv is there.
"""

COMPARED_TABLES = expand("results/{testbed}/league.csv", testbed=league.measured_at(config))


rule plot_dut_comparison:
    input:
        league=COMPARED_TABLES,
    output:
        pdf="figures/dut_comparison.pdf",
        png=report(
            "figures/dut_comparison.png",
            caption="../../report/plot_dut_comparison.rst",
            category="Figures",
            labels={"figure": "Kernel, userspace, DPDK"},
        ),
    log:
        "results/logs/plot_dut_comparison.log",
    conda:
        "../../../envs/environment.yaml"
    params:
        code=contents("plot_dut_comparison"),
        style=grid.as_param(config["style"]),
        paths=grid.as_param((config["league"] or {}).get("paths", {})),
    message:
        "drawing figures/dut_comparison.pdf"
    script:
        "../../scripts/plot_dut_comparison.py"


if any(map(os.path.exists, COMPARED_TABLES)):
    PICTURES += rules.plot_dut_comparison.output
