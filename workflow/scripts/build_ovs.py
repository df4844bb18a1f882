"""Build Open vSwitch from source into a prefix of its own, with a manifest of what it is from."""

import json
from pathlib import Path

from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
from middlebench.hosts.lock import end_with_owner, machine_lock
from middlebench.software.builds import build, workshop
from middlebench.software.choice import builds


def main(snakemake) -> None:
    """Unpack the job and build; nothing measures on this machine meanwhile."""
    settings = json.loads(snakemake.params.settings)
    asked = builds(snakemake.config, "ovs")[snakemake.wildcards.build]
    chosen = asked["ovs"]  # also says from where, which decides nothing
    dpdk = [Path(manifest).parent for manifest in many(snakemake.input.dpdk)]
    end_with_owner()
    with (
        one_line_errors(),  # the log is the build's
        machine_lock(),
        workshop(Path(snakemake.output.manifest).parent, Path(snakemake.log[0])) as at,
    ):
        build("ovs", chosen, settings, at, *dpdk)


main(snakemake)
