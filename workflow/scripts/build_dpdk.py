"""Build DPDK from source into a prefix of its own, with a manifest of what it is from."""

import json
from pathlib import Path

from middlebench.errors import one_line_errors
from middlebench.hosts.lock import end_with_owner, machine_lock
from middlebench.software.builds import build, workshop
from middlebench.software.choice import builds


def main(snakemake) -> None:
    """Unpack the job and build; nothing measures on this machine meanwhile."""
    settings = json.loads(snakemake.params.settings)
    asked = builds(snakemake.config, "dpdk")[snakemake.wildcards.build]
    chosen = asked["dpdk"]  # also says from where, which decides nothing
    end_with_owner()
    with (
        one_line_errors(),  # the log is the build's
        machine_lock(),
        workshop(Path(snakemake.output.manifest).parent, Path(snakemake.log[0])) as at,
    ):
        build("dpdk", chosen, settings, at)


main(snakemake)
