"""Check that a function does on a DUT what its name says; else no point of it is measured."""

import json
import sys
from pathlib import Path

from middlebench.errors import DutError, one_line_errors
from middlebench.hosts.lock import end_with_owner
from middlebench.measuring.functional_check import check_function
from middlebench.measuring.parts import Parts
from middlebench.records.record import write
from middlebench.testbeds.places import testbed_lock, testbed_place


def main(snakemake) -> None:
    """Unpack the job, check, say what was found, and fail unless the failure was expected."""
    function, log = snakemake.wildcards.function, Path(snakemake.log[0])
    settings = json.loads(snakemake.params.settings)
    programs = (Path(snakemake.input.program), Path(snakemake.input.generator))
    parts = Parts(snakemake.wildcards.dut, function, *programs)
    testbed = snakemake.config["testbeds"][snakemake.wildcards.testbed]
    end_with_owner()
    with one_line_errors(log), testbed_place(testbed) as where, testbed_lock(where):
        found = check_function(parts, settings, where)
        failed = [item for item in found["items"] if not item["passed"]]
        lines = [f"{function}: {item['name']} fails: {item['detail']}" for item in failed]
        lines += [f"{function}: {found['why']}"] if failed and found["why"] else []
        lines = lines or [f"{function}: all {len(found['items'])} functional checks pass"]
        if not found["passed"]:
            names = ", ".join(item["name"] for item in failed)
            said = "function" in settings["dut"]
            own = f"is functions.{function} what it is meant to do? " if said else ""
            raise DutError(
                f"{'; '.join(lines)} ({own}To measure it all the same: "
                f"expected_failures: {{{function}: [{names}]}})"
            )
        print("\n".join(lines), file=sys.stderr)
        log.write_text("\n".join(lines) + "\n", encoding="utf-8")
        made_from = json.loads(snakemake.params.made_from)
        write({"made_from": made_from, "settings": settings, **found}, Path(snakemake.output.check))


main(snakemake)
