"""Building the mOS networking stack, where `software.mos` says from which commit or tarball.

Needs: the source; bash, make, a compiler, what docs/mos.md lists; with DPDK its submodule and the kernel's headers.
Makes: results/software/mos/<commit>-<hash of the settings>/ with its samples, kernel modules and a manifest.
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
