"""Checking a function, calibrating the generator, and measuring the points of the grid.

Needs: what makes the load, what makes each DUT do each function, the machine (sandbox) or the testbed for itself alone; on a
hardware testbed its prepared hosts, and where it says `clean_slate: reboot` the DUT's host started anew.
Makes: results/<testbed>/checks/<dut>/<function>.json, results/<testbed>/calibration/<ports>/<size>b_<flows>flows.json and
one record a point under results/<testbed>/points/; where the load is TCP, `_tcp` is added to these names.
results/<testbed>/figures/<figure>/plan/<round>.json says which points follow those that are there.
"""

# What decides these results stands in their files, and `fits` compares it: no date does, and no parameter.
CHECK = "results/{testbed}/checks/{dut}/{function}{tcp}.json"
CALIBRATION = "results/{testbed}/calibration/{ports}/{frame_size}b_{flows}flows{tcp}.json"
PLAN = "results/{testbed}/figures/{figure}/plan/{round}.json"
POINT = "results/{testbed}/points/{dut}/{function}/{frame_size}b_{flows}flows{tcp}/{rate_mbit}mbit_{repetition}.json"
CHECK_FITS = fits(CHECK, lambda w: check_made_from(*checked(w)))
CALIBRATION_FITS = fits(
    CALIBRATION, lambda w: calibration_made_from(w.testbed, w.ports, protocol_of(w))
)
POINT_FITS = fits(POINT, point_made_from, point_settings)
PLAN_FITS = fits(PLAN, plan_made_from)


rule check_function:
    input:
        unpack(
            inputs(
                CHECK_FITS,
                dated={"hosts": host_facts},
                generator=generator_program,
                program=dut_program,
                built=dut_manifests,
                scripts=generator_scripts,
            )
        ),
    output:
        check=CHECK,
    log:
        "results/{testbed}/logs/checks/{dut}/{function}{tcp}.log",
    priority: 1
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        settings=lambda wildcards, output: check_settings(*checked(wildcards)),
        made_from=lambda wildcards, output: grid.as_param(check_made_from(*checked(wildcards))),
    message:
        "checking {wildcards.function} on {wildcards.dut} ({wildcards.testbed})"
    script:
        "../scripts/check_function.py"


rule calibrate:
    input:
        unpack(inputs(CALIBRATION_FITS, generator=generator_program)),
    output:
        calibration=CALIBRATION,
    log:
        "results/{testbed}/logs/calibration/{ports}/{frame_size}b_{flows}flows{tcp}.log",
    priority: 1
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        settings=lambda w, output: calibration_settings(w.testbed, protocol_of(w)),
        made_from=lambda w, output: grid.as_param(
            calibration_made_from(w.testbed, w.ports, protocol_of(w))
        ),
    message:
        "calibrating the generator, {wildcards.frame_size} B, {wildcards.flows} flows, {wildcards.ports} ports ({wildcards.testbed})"
    script:
        "../scripts/calibrate.py"


rule measure_point:
    input:
        unpack(
            inputs(
                POINT_FITS,
                dated={"hosts": host_facts, "slate": clean_slate},
                generator=generator_program,
                program=dut_program,
                built=dut_manifests,
                scripts=generator_scripts,
                check=CHECK,
                calibration=lambda w: CALIBRATION.format(ports=ports_of(w), **dict(w.items())),
            )
        ),
    output:
        record=POINT,
    log:
        "results/{testbed}/logs/points/{dut}/{function}/{frame_size}b_{flows}flows{tcp}/{rate_mbit}mbit_{repetition}.log",
    priority: asked_often(lambda wildcards: point_priority(point_of(wildcards)))
    conda:
        "../../envs/environment.yaml"
    threads: asked_often(lambda wildcards: workflow.cores)
    params:
        settings=asked_often(lambda wildcards, output: point_settings(wildcards)),
        made_from=asked_often(lambda w, output: made_from_param(point_settings(w), *checked(w))),
    message:
        "measuring {wildcards.function}, {wildcards.frame_size} B, {wildcards.flows} flows, {wildcards.rate_mbit} Mbit/s, repetition {wildcards.repetition} on {wildcards.dut} ({wildcards.testbed})"
    script:
        "../scripts/measure_point.py"


# Round 2 and later: the sweep goes on upwards, to more repetitions, to fine rates; see middlebench.analysis.sweep.
checkpoint plan_points:
    input:
        kept=judged(PLAN_FITS),
        records=lambda wildcards: figure_records(wildcards.figure, before=int(wildcards.round)),
    output:
        plan=PLAN,
    log:
        "results/{testbed}/logs/plan_points/{figure}_{round}.log",
    priority: 1
    conda:
        "../../envs/environment.yaml"
    params:
        sweep=lambda wildcards, output: plan_param(wildcards),
        made_from=lambda wildcards, output: grid.as_param(plan_program(wildcards)),
    message:
        "which points of {wildcards.figure} are measured next (round {wildcards.round})"
    script:
        "../scripts/plan_points.py"
