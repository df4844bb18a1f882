"""Measuring for the league: what is found out about a DUT, and all trials of a series.

Needs: what makes the load, what makes the DUT do the function, a calibration; the machine for itself alone. A DUT that does
not start, or fails its check, is told in the file, and nothing ends by it.
Makes: results/rules/<folder>/rules_<count>.flows or .nft, lists of rules by a seed; results/<testbed>/league/<dut>/<function>/tried.json and <size>b_<flows>flows.json; where the load is TCP, `_tcp` is
added to these names. What is made of them: pictures/league.smk.
"""

from middlebench.duts.rule_lists import LANGUAGES, NAME, base_file
from middlebench.experiment import league


rule make_rules:
    input:
        base=lambda w: base_file(f"{registry.FOLDER}/{w.folder}/rules.{w.language}"),
    output:
        rules=f"{programs.RULES}/{{folder}}/{NAME}{{number}}.{{language}}",
    log:
        f"results/logs/make_rules/{{folder}}_{{number}}_{{language}}.log",
    wildcard_constraints:
        folder=one_of({of.folder for of in registry.DUTS.values()}),
        number=r"\d+",
        language=one_of(suffix[1:] for suffix in LANGUAGES),
    conda:
        "../../envs/environment.yaml"
    params:
        code=contents("make_rules"),
        seed=lambda w: str(config["league"]["scaling"]["rules"]["seed"]),
    message:
        "{wildcards.number} rules for {wildcards.folder}"
    script:
        "../scripts/make_rules.py"


TRIED_FITS = fits(paths.TRIED, tried_made_from, tried_settings)
LEAGUE_FITS = fits(paths.LEAGUE, league_made_from, league_settings)


rule try_dut:
    input:
        unpack(
            inputs(
                TRIED_FITS,
                dated={"hosts": host_facts},
                generator=generator_program,
                program=dut_program,
                built=dut_manifests,
                scripts=generator_scripts,
            )
        ),
    output:
        tried=paths.TRIED,
    log:
        paths.log_of(paths.TRIED),
    priority: 1
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        settings=lambda w, output: tried_settings(w),
        made_from=lambda w, output: grid.as_param(tried_made_from(w)),
    message:
        "trying {wildcards.dut} with {wildcards.function} ({wildcards.testbed})"
    script:
        "../scripts/try_dut.py"


# One job for a series: each load depends on all trials before it.
rule measure_league:
    input:
        unpack(
            inputs(
                LEAGUE_FITS,
                dated={"hosts": host_facts, "slate": clean_slate},
                generator=generator_program,
                program=dut_program,
                built=dut_manifests,
                scripts=generator_scripts,
                tried=paths.TRIED,
                calibration=calibration_of,
            )
        ),
    output:
        series=paths.LEAGUE,
    log:
        paths.log_of(paths.LEAGUE),
    priority: series_priority
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        settings=lambda w, output: league_settings(w),
        made_from=lambda w, output: grid.as_param(league_made_from(w)),
    message:
        "league: {wildcards.function}, {FRAMES:{wildcards.frame_size} }, {wildcards.flows} flows on {wildcards.dut} ({wildcards.testbed})"
    script:
        "../scripts/measure_league.py"
