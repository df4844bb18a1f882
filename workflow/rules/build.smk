"""Building of what is run.

Needs: gcc, pkg-config and the pinned libdpdk-dev; the C sources of the program.
Makes: results/software/<program>/<program> and its manifest (what it was built from, and with what).
"""


rule build_program:
    input:
        code=code("build_program"),
        sources=lambda wildcards: program_sources(wildcards.program),
    output:
        binary="results/software/{program}/{program}",
        manifest="results/software/{program}/manifest.json",
    log:
        "results/logs/build_program/{program}.log",
    conda:
        "../../envs/environment.yaml"
    message:
        "building {wildcards.program}"
    script:
        "../scripts/build_program.py"
