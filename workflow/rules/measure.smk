"""Checking a function, calibrating the generator, and measuring the points of the grid.

Needs: what makes the load, what makes each DUT do each function, the machine (sandbox) or the testbed for itself alone; on a
hardware testbed its prepared hosts, and where it says `clean_slate: reboot` the DUT's host started anew.
Makes: results/<testbed>/checks/<dut>/<function>.json, results/<testbed>/calibration/<ports>/<size>b_<flows>flows.json and
one record a point under results/<testbed>/points/; where the load is TCP, `_tcp` is added to these names.
results/<testbed>/figures/<figure>/plan/<round>.json says which points follow those that are there.
"""

# What decides these results stands in their files, and `fits` compares it: no date does, and no parameter.
CHECK_FITS = fits(paths.CHECK, check_made_from, lambda w: MADE_FROM.check_settings(*checked(w)))
CALIBRATION_FITS = fits(paths.CALIBRATION, calibration_made_from)
POINT_FITS = fits(paths.POINT, point_made_from, point_settings)
PLAN_FITS = fits(paths.PLAN, plan_made_from, lambda w: MADE_FROM.plan_settings(w.figure))


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
        check=paths.CHECK,
    log:
        paths.log_of(paths.CHECK),
    priority: 1
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        settings=lambda w, output: MADE_FROM.check_settings(*checked(w)),
        made_from=lambda w, output: grid.as_param(check_made_from(w)),
    message:
        "checking {wildcards.function} on {wildcards.dut} ({wildcards.testbed})"
    script:
        "../scripts/check_function.py"


rule calibrate:
    input:
        unpack(inputs(CALIBRATION_FITS, generator=generator_program)),
    output:
        calibration=paths.CALIBRATION,
    log:
        paths.log_of(paths.CALIBRATION),
    priority: 1
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        settings=lambda w, output: MADE_FROM.calibration_settings(
            w.testbed, w.ports, protocol_of(w), size_of(w)
        ),
        made_from=lambda w, output: grid.as_param(calibration_made_from(w)),
    message:
        "calibrating the generator, {FRAMES:{wildcards.frame_size} }, {wildcards.flows} flows, {wildcards.ports} ports ({wildcards.testbed})"
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
                check=paths.CHECK,
                calibration=calibration_of,
            )
        ),
    output:
        record=paths.POINT,
    log:
        paths.log_of(paths.POINT),
    priority: asked_often(point_priority)
    conda:
        "../../envs/environment.yaml"
    threads: asked_often(lambda wildcards: workflow.cores)
    params:
        settings=asked_often(lambda w, output: point_settings(w)),
        made_from=asked_often(lambda w, output: point_param(w)),
    message:
        "measuring {wildcards.function}, {FRAMES:{wildcards.frame_size} }, {wildcards.flows} flows, {wildcards.rate_mbit} Mbit/s, repetition {wildcards.repetition} on {wildcards.dut} ({wildcards.testbed})"
    script:
        "../scripts/measure_point.py"


# Round 2 and later: the sweep goes on upwards, to more repetitions, to fine rates; see middlebench.analysis.sweep.
checkpoint plan_points:
    input:
        kept=judged(PLAN_FITS),
        records=lambda wildcards: figure_records(wildcards.figure, before=int(wildcards.round)),
    output:
        plan=paths.PLAN,
    log:
        "results/{testbed}/logs/plan_points/{figure}_{round}.log",
    priority: 1
    conda:
        "../../envs/environment.yaml"
    params:
        sweep=lambda wildcards, output: MADE_FROM.plan_settings(wildcards.figure),
        made_from=lambda wildcards, output: grid.as_param(
            MADE_FROM.plan_without_records(wildcards.figure)
        ),
    message:
        "which points of {wildcards.figure} are measured next (round {wildcards.round})"
    script:
        "../scripts/plan_points.py"
