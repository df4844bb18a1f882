"""Prepare the load generator's host of a testbed and write its facts file."""

import json
import sys
from pathlib import Path

from middlebench.addresses import host_settings
from middlebench.errors import one_line_errors
from middlebench.hosts.connect import open_host
from middlebench.hosts.host import Host
from middlebench.hosts.lock import end_with_owner, machine_lock
from middlebench.loadgens.interface import generator_class
from middlebench.preparation.inventory import describe, facts, facts_file
from middlebench.preparation.prepare import prepare
from middlebench.records.record import write


def verify(host: Host, ports: list[dict[str, str]], name: str, **found_by: str) -> dict[str, str]:
    """What was found of a generator, by name."""
    devices = [port.get("pci") or port["vdev"] for port in ports]
    return generator_class(name).verify(host, devices=devices, **found_by)


def main(snakemake) -> None:
    """Unpack the job, look for the generator if it must be there, prepare, say what was changed."""
    settings = json.loads(snakemake.params.settings)
    testbed, log = snakemake.wildcards.testbed, Path(snakemake.log[0])
    where = host_settings(snakemake.config["testbeds"][testbed], "loadgen")
    end_with_owner()
    with one_line_errors(log), open_host(where) as host, machine_lock(host):
        wanted = settings["generator"]
        verified = verify(host, settings["ports"], **wanted) if wanted else None
        done = prepare(host, settings)
        found = facts(host, settings, done.changed) | {"generator": verified}
        lines = [*done.said, *([", ".join(map(": ".join, verified.items()))] if verified else [])]
        said = "\n".join(f"{host.name}: {line}" for line in [*lines, describe(found)])
        print(said, file=sys.stderr)
        log.write_text(said + "\n", encoding="utf-8")
        identity = {"testbed": testbed, "role": "loadgen"}
        write(facts_file(identity, settings, found, done), Path(snakemake.output.facts))


main(snakemake)
