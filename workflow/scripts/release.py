"""Undo what preparation changed on both hosts of some testbeds, and remove their facts files."""

import sys
from pathlib import Path

from middlebench.addresses import host_settings
from middlebench.errors import HostError, MiddlebenchError, one_line_errors
from middlebench.hosts.connect import open_host
from middlebench.hosts.lock import end_with_owner, machine_lock
from middlebench.preparation.prepare import release

NOTHING = "no figure is measured on a hardware testbed (is its --configfile missing?)"


def main(snakemake) -> None:
    """Release each host, the others too when one cannot be; one line for what failed."""
    log, failed = Path(snakemake.log[0]), []
    end_with_owner()
    with one_line_errors(log):
        said = []
        for testbed in snakemake.params.testbeds.split():
            for role in ("loadgen", "dut"):
                try:
                    where = host_settings(snakemake.config["testbeds"][testbed], role)
                    said += released(where)
                    Path(f"results/{testbed}/hosts/{role}.json").unlink(missing_ok=True)
                except MiddlebenchError as error:
                    failed.append(str(error))
        lines = "".join(f"{line}\n" for line in said or ([] if failed else [NOTHING]))
        sys.stderr.write(lines)
        log.write_text(lines, encoding="utf-8")
        if failed:
            raise HostError("; ".join(failed))


def released(where: dict) -> list[str]:
    """Lines about what was undone on one host."""
    with open_host(where) as host, machine_lock(host):
        return [f"{host.name}: {line}" for line in release(host)]


main(snakemake)
