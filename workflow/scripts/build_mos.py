"""Build mOS from its repository into a prefix of its own, with a manifest of what it is from."""

import json
from pathlib import Path

from middlebench.builds import workshop
from middlebench.errors import one_line_errors
from middlebench.lifetime import end_with_owner, machine_lock
from middlebench.mos_build import build_mos


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
