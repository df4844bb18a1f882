"""Checking a function, and measuring the points of the grid.

Needs: softgen, the OpenFlow rules of each function, the machine (sandbox) or the testbed for itself alone.
Makes: results/<testbed>/checks/<dut>/<function>.json and one record a point under results/<testbed>/points/.
"""

# Points are measured in the order of the grid: an earlier point has the higher priority.
POINT_PRIORITY = {point: -index for index, point in enumerate(grid.grid_points(config))}


rule check_function:
    input:
        code=code("check_function"),
        softgen=rules.build_softgen.output.binary,
        rules="workflow/middleboxes/open_vswitch/{function}.flows",
    output:
        check="results/{testbed}/checks/{dut}/{function}.json",
    log:
        "results/{testbed}/logs/checks/{dut}/{function}.log",
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        settings=lambda w: grid.as_param(grid.check_settings(config, w.testbed, w.dut, w.function)),
    message:
        "checking {wildcards.function} on {wildcards.dut} ({wildcards.testbed})"
    script:
        "../scripts/check_function.py"


rule measure_point:
    input:
        code=code("measure_point"),
        softgen=rules.build_softgen.output.binary,
        rules="workflow/middleboxes/open_vswitch/{function}.flows",
        check=rules.check_function.output.check,
    output:
        record="results/{testbed}/points/{dut}/{function}/{frame_size}b_{flows}flows/{rate_mbit}mbit_{repetition}.json",
    log:
        "results/{testbed}/logs/points/{dut}/{function}/{frame_size}b_{flows}flows/{rate_mbit}mbit_{repetition}.log",
    priority: lambda wildcards: POINT_PRIORITY[point_of(wildcards)]
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        settings=lambda wildcards: grid.as_param(grid.point_settings(config, point_of(wildcards))),
    message:
        "measuring {wildcards.function}, {wildcards.frame_size} B, {wildcards.flows} flows, {wildcards.rate_mbit} Mbit/s, repetition {wildcards.repetition} on {wildcards.dut} ({wildcards.testbed})"
    script:
        "../scripts/measure_point.py"
