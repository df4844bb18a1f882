"""Start the DUT's host anew before a series, and prepare it again: hugepages and bindings went."""

import json
import sys
from pathlib import Path

from middlebench.errors import one_line_errors
from middlebench.hosts.connect import open_host
from middlebench.hosts.lock import end_with_owner, machine_lock
from middlebench.preparation.prepare import prepare
from middlebench.preparation.reboot import reboot
from middlebench.records.record import write


def main(snakemake) -> None:
    """Unpack the job, reboot, prepare, leave a mark."""
    settings, log = json.loads(snakemake.params.settings), Path(snakemake.log[0])
    where = snakemake.config["testbeds"][snakemake.wildcards.testbed]["host"]
    end_with_owner()
    with one_line_errors(log):
        boots = reboot(where)
        with open_host(where) as host, machine_lock(host):
            said = prepare(host, settings).said
        lines = "\n".join(f"{where['address']}: {line}" for line in ("started anew", *said))
        print(lines, file=sys.stderr)
        log.write_text(lines + "\n", encoding="utf-8")
        write({"boots": boots, "prepared": said}, Path(snakemake.output.mark))


main(snakemake)
