"""Say a line a pair that was compared, and end with the status of the worst.

`python workflow/scripts/judge_comparisons.py [overlay.yaml ...]` after `snakemake ... compare` with
the same overlays: 0 not slower, 1 slower, 2 undecided, 3 when the tables are not there.
"""

import sys

from middlebench.analysis.pair_tables import lines, status
from middlebench.errors import MiddlebenchError
from middlebench.experiment.comparisons import compared_testbeds
from middlebench.experiment.config import load
from middlebench.records.comparison_file import read_pairs

NOT_THERE = 3


def main(overlays: list[str]) -> int:
    """The status; what is in the tables of another configuration does not count."""
    try:
        config = load("config.yaml", *overlays)
        paths = [f"results/{testbed}/compare.json" for testbed in compared_testbeds(config)]
        pairs = [pair for path in paths for pair in read_pairs(path)]
    except MiddlebenchError as error:
        print(f"middlebench: {error}", file=sys.stderr)
        return NOT_THERE
    told = lines(pairs)
    for _, said in told:
        print(said)
    return status(decision for decision, _ in told)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
