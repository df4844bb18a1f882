"""The hosts of hardware testbeds: prepared before anything is measured there, and released again.

Needs: the hosts of `testbeds.<name>` over SSH; what `prepare` says there.
Makes: results/<testbed>/hosts/{dut,loadgen}.json (what the host is, and what was changed on it). `snakemake prepare`
makes them alone; `snakemake release` undoes what was changed and removes them.
"""

from middlebench.experiment.testbed_check import hardware_testbeds, prepare_settings


rule prepare_dut:
    output:
        facts=paths.FACTS["dut"],
    log:
        "results/{testbed}/logs/prepare_dut.log",
    wildcard_constraints:
        testbed=one_of(hardware_testbeds(config)) or NOTHING,
    priority: 2
    conda:
        "../../envs/environment.yaml"
    params:
        code=contents("prepare_dut"),
        settings=lambda w: grid.as_param(prepare_settings(config, w.testbed, "dut")),
    message:
        "preparing the DUT's host ({wildcards.testbed})"
    script:
        "../scripts/prepare_dut.py"


rule prepare_loadgen:
    output:
        facts=paths.FACTS["loadgen"],
    log:
        "results/{testbed}/logs/prepare_loadgen.log",
    wildcard_constraints:
        testbed=one_of(hardware_testbeds(config)) or NOTHING,
    priority: 2
    conda:
        "../../envs/environment.yaml"
    params:
        code=lambda w: MADE_FROM.code("prepare_loadgen", testbed=w.testbed),
        settings=lambda w: grid.as_param(prepare_settings(config, w.testbed, "loadgen")),
    message:
        "preparing the load generator's host ({wildcards.testbed})"
    script:
        "../scripts/prepare_loadgen.py"


rule prepare:
    input:
        expand(list(paths.FACTS.values()), testbed=hardware_testbeds(config)),


rule release:
    log:
        "results/logs/release.log",
    conda:
        "../../envs/environment.yaml"
    params:
        code=contents("release"),
        testbeds=" ".join(hardware_testbeds(config)),
    message:
        "releasing the hosts of: {params.testbeds}"
    script:
        "../scripts/release.py"
