"""Is all of a sweep there: its records, and the plans that they led to?

Asked on the disk alone, of files that Snakemake may not look at: it takes a table that is there for
up to date while what it was made from is gone, or while a plan before it is still to be made (its
issue 727).  Used while Snakemake reads the rules.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from pathlib import Path

from middlebench.errors import RecordError
from middlebench.provenance.keeping import misfit, records_digest
from middlebench.records.job_files import read_plan


def first_missing(
    records: Iterable[str],
    plan_of_round: Callable[[int], str],
    made_from: Callable[[list[str]], Mapping[str, str]],
) -> str | None:
    """The first file of a sweep that is not there, or does not fit; None when it is whole.

    `records`: those of the first round; `plan_of_round` gives the path of a plan, from round 2 on,
    `made_from` what one is made from when there are these records.  A plan counts only with those
    that it was made from.
    """
    known = list(records)
    for round_ in count(2):
        plan = plan_of_round(round_)
        try:
            if not Path(plan).exists() or misfit(Path(plan), made_from(known)):
                return next((path for path in known if records_digest([path]) is None), plan)
            more = read_plan(plan)["more"]
        except RecordError:
            return plan
        if not more:
            return None
        known += more
    raise AssertionError
