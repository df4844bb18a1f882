"""Comparing variants in turns.

Asked for by the section `compare`, and of neighbouring rungs of the ladder by `cost`.
Needs: what makes the load, what makes the DUT of each variant do its function, their functional checks, the calibration of
the first; the machine for itself alone.
Makes: results/<testbed>/compare/<comparison>.json; tables and figures of them: pictures/compare.smk
and pictures/nat_cost.smk.
"""

from middlebench.experiment.comparisons import compared_testbeds, comparison_testbed
from middlebench.planning.compared import Compared, on_testbed

COMPARED = Compared(config, code_line)

COMPARISON_SETTINGS = lambda w: COMPARED.settings(w.comparison)
COMPARISON_MADE_FROM = lambda w: COMPARED.made_from(w.comparison)
comparison_path = lambda name: paths.COMPARISON.format(
    testbed=comparison_testbed(config, name), comparison=name
)
COMPARISON_FITS = fits(paths.COMPARISON, COMPARISON_MADE_FROM, COMPARISON_SETTINGS)


rule compare_variants:
    input:
        unpack(
            inputs(
                COMPARISON_FITS,
                generator=generator_program,
                programs=lambda w: COMPARED.programs(w.comparison),
                built=lambda w: COMPARED.built(w.comparison),
                checks=lambda w: COMPARED.checks(w.comparison),
                calibration=lambda w: COMPARED.calibration(w.comparison),
            )
        ),
    output:
        result=paths.COMPARISON,
    log:
        paths.log_of(paths.COMPARISON),
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        settings=lambda w, output: COMPARISON_SETTINGS(w),
        made_from=lambda w, output: grid.as_param(COMPARISON_MADE_FROM(w)),
    message:
        "comparing the variants of {wildcards.comparison} in turns ({wildcards.testbed})"
    script:
        "../scripts/compare_variants.py"
