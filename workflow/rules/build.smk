"""Building of what is run.

Needs: gcc, pkg-config and the pinned libdpdk-dev; the C sources of the program. For DPDK and Open vSwitch, where
`software` asks for a build: their sources, and meson, ninja or make.
Makes: results/software/<program>/<program> and its manifest (what it was built from, with what, and for which processor);
results/software/{dpdk,ovs}/<version>-<hash of the options>/ with an installation and its manifest.
"""


rule build_program:
    input:
        sources=lambda wildcards: program_sources(wildcards.program),
    output:
        binary="results/software/{program}/{program}",
        manifest="results/software/{program}/manifest.json",
    log:
        "results/logs/build_program/{program}.log",
    conda:
        "../../envs/environment.yaml"
    params:
        code=lambda w: contents("build_program", *program_sources(w.program)),
        built_for=lambda w: grid.as_param(built_for(w.program)),
    message:
        "building {wildcards.program}"
    script:
        "../scripts/build_program.py"


rule build_dpdk:
    output:
        manifest="results/software/dpdk/{build}/manifest.json",
    log:
        "results/logs/build_dpdk/{build}.log",
    wildcard_constraints:
        build=build_pattern("dpdk"),
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        code=contents("build_dpdk"),
        settings=lambda wildcards: build_settings("dpdk", wildcards.build),
    message:
        "building DPDK {wildcards.build}"
    script:
        "../scripts/build_dpdk.py"


rule build_ovs:
    input:
        dpdk=lambda wildcards: programs.manifests(chosen_for("ovs", wildcards.build), "dpdk"),
    output:
        manifest="results/software/ovs/{build}/manifest.json",
    log:
        "results/logs/build_ovs/{build}.log",
    wildcard_constraints:
        build=build_pattern("ovs"),
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        code=contents("build_ovs"),
        settings=lambda wildcards: build_settings("ovs", wildcards.build),
    message:
        "building Open vSwitch {wildcards.build}"
    script:
        "../scripts/build_ovs.py"
