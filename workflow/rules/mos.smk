"""Building the mOS networking stack, where `software.mos` says from which commit.

Needs: the repository with its submodules; bash, make, an old compiler, headers of the kernel that igb_uio is for.
Makes: results/software/mos/<commit>-<hash of the settings>/ with its samples, igb_uio and a manifest.
"""


rule build_mos:
    output:
        manifest="results/software/mos/{build}/manifest.json",
    log:
        "results/logs/build_mos/{build}.log",
    wildcard_constraints:
        build=build_pattern("mos"),
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        code=contents("build_mos"),
        settings=lambda wildcards: grid.as_param(software.build_settings(config, "mos")),
    message:
        "building mOS {wildcards.build}"
    script:
        "../scripts/build_mos.py"
