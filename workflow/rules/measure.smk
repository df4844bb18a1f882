"""Checking a function, calibrating the generator, and measuring the points of the grid.

Needs: softgen, what makes each DUT do each function, the machine (sandbox) or the testbed for itself alone; on a
hardware testbed its prepared hosts, and where it says `clean_slate: reboot` the DUT's host started anew.
Makes: results/<testbed>/checks/<dut>/<function>.json, results/<testbed>/calibration/<size>b_<flows>flows.json and
one record a point under results/<testbed>/points/; where the load is TCP, `_tcp` is added to these names.
results/<testbed>/figures/<figure>/plan/<round>.json says which points follow those that are there.
"""

from middlebench.record import settings_digest


rule check_function:
    input:
        code=lambda wildcards: code("check_function", wildcards.dut, wildcards.testbed),
        softgen=program_path("softgen"),
        program=dut_program,
        built=dut_manifests,
        scripts=generator_scripts,
        hosts=host_facts,
    output:
        check="results/{testbed}/checks/{dut}/{function}{tcp}.json",
    log:
        "results/{testbed}/logs/checks/{dut}/{function}{tcp}.log",
    priority: 1
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        settings=lambda w: grid.as_param(
            grid.check_settings(config, w.testbed, w.dut, w.function, protocol_of(w))
        ),
    message:
        "checking {wildcards.function} on {wildcards.dut} ({wildcards.testbed})"
    script:
        "../scripts/check_function.py"


rule calibrate:
    input:
        code=code("calibrate", "testpmd"),
        softgen=program_path("softgen"),
    output:
        calibration="results/{testbed}/calibration/{frame_size}b_{flows}flows{tcp}.json",
    log:
        "results/{testbed}/logs/calibration/{frame_size}b_{flows}flows{tcp}.log",
    priority: 1
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        settings=lambda wildcards: grid.as_param(
            grid.calibration_settings(config, wildcards.testbed, protocol_of(wildcards))
        ),
    message:
        "calibrating the generator, {wildcards.frame_size} B, {wildcards.flows} flows ({wildcards.testbed})"
    script:
        "../scripts/calibrate.py"


rule measure_point:
    input:
        code=lambda wildcards: code("measure_point", wildcards.dut, wildcards.testbed),
        softgen=program_path("softgen"),
        program=dut_program,
        built=dut_manifests,
        scripts=generator_scripts,
        hosts=host_facts,
        slate=clean_slate,
        check=rules.check_function.output.check,
        calibration=rules.calibrate.output.calibration,
    output:
        record="results/{testbed}/points/{dut}/{function}/{frame_size}b_{flows}flows{tcp}/{rate_mbit}mbit_{repetition}.json",
    log:
        "results/{testbed}/logs/points/{dut}/{function}/{frame_size}b_{flows}flows{tcp}/{rate_mbit}mbit_{repetition}.log",
    priority: lambda wildcards: point_priority(point_of(wildcards))
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        settings=lambda wildcards: grid.as_param(grid.point_settings(config, point_of(wildcards))),
        made_from=lambda wildcards: grid.as_param(
            {"settings": settings_digest(grid.point_settings(config, point_of(wildcards)))}
        ),
    message:
        "measuring {wildcards.function}, {wildcards.frame_size} B, {wildcards.flows} flows, {wildcards.rate_mbit} Mbit/s, repetition {wildcards.repetition} on {wildcards.dut} ({wildcards.testbed})"
    script:
        "../scripts/measure_point.py"


# Round 2 and later: the sweep goes on upwards, to more repetitions, to fine rates; see middlebench.sweep.
checkpoint plan_points:
    input:
        code=code("plan_points"),
        records=lambda wildcards: figure_records(wildcards.figure, before=int(wildcards.round)),
    output:
        plan="results/{testbed}/figures/{figure}/plan/{round}.json",
    log:
        "results/{testbed}/logs/plan_points/{figure}_{round}.log",
    priority: 1
    conda:
        "../../envs/environment.yaml"
    params:
        sweep=lambda wildcards: grid.as_param(grid.sweep_settings(config, wildcards.figure)),
        stale=lambda wildcards: " ".join(made_from_records(wildcards.figure)),
    message:
        "which points of {wildcards.figure} are measured next (round {wildcards.round})"
    script:
        "../scripts/plan_points.py"
