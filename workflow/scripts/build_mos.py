"""Build mOS from its repository into a prefix of its own, with a manifest of what it is from."""

import json
from pathlib import Path

from middlebench.duts.mos.build import build_mos
from middlebench.errors import one_line_errors
from middlebench.hosts.lock import end_with_owner, machine_lock
from middlebench.software.builds import workshop


def main(snakemake) -> None:
    """Unpack the job and build; nothing measures on this machine meanwhile."""
    settings = json.loads(snakemake.params.settings)
    end_with_owner()
    with (
        one_line_errors(),  # the log is the build's
        machine_lock(),
        workshop(Path(snakemake.output.manifest).parent, Path(snakemake.log[0])) as at,
    ):
        build_mos(snakemake.config["software"]["mos"], settings, at)


main(snakemake)
