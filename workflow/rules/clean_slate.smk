"""A clean slate: the DUT's host is started anew before the first point of each series.

Needs: a hardware testbed that says `clean_slate: reboot`, its hosts prepared.
Makes: results/<testbed>/clean_slate/<dut>/<function>/<size>b_<flows>flows.json, a mark that the points of the series
wait for. Their priorities keep the series apart (`point_priority`): else another one's points would come between. Points
that are measured again later (more repetitions, retries) do not start it once more.
"""


rule reboot_dut:
    input:
        hosts=host_facts,
    output:
        mark=paths.CLEAN_SLATE,
    log:
        paths.log_of(paths.CLEAN_SLATE),
    wildcard_constraints:
        testbed=one_of(filter(reboots, config["testbeds"])) or NOTHING,
    priority: series_priority
    conda:
        "../../envs/environment.yaml"
    threads: lambda wildcards: workflow.cores
    params:
        code=contents("reboot_dut"),
        settings=lambda w: grid.as_param(prepare_settings(config, w.testbed, "dut")),
    message:
        "starting the DUT's host anew for {wildcards.function}, {FRAMES:{wildcards.frame_size} }, {wildcards.flows} flows ({wildcards.testbed})"
    script:
        "../scripts/reboot_dut.py"
