"""Building of what is run.

Needs: gcc, pkg-config and the pinned libdpdk-dev; the C sources of softgen.
Makes: results/software/softgen/softgen and its manifest (what it was built from, and with what).
"""


rule build_softgen:
    input:
        code=code("build_softgen"),
        sources=softgen_sources(),
    output:
        binary="results/software/softgen/softgen",
        manifest="results/software/softgen/manifest.json",
    log:
        "results/logs/build_softgen.log",
    conda:
        "../../envs/environment.yaml"
    message:
        "building softgen"
    script:
        "../scripts/build_softgen.py"
