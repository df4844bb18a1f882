"""Make compare.csv, compare.json and compare.md of a testbed, and say what they say."""

import sys
from pathlib import Path

from middlebench.analysis.pair_tables import all_pairs, lines, markdown, pairs_table
from middlebench.analysis.tables import write_csv
from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
from middlebench.records.comparison_file import SCHEMA, read_comparison
from middlebench.records.record import write

with one_line_errors(snakemake.log[0]):
    made = snakemake.output
    pairs = all_pairs(map(read_comparison, many(snakemake.input.results)))
    write_csv(pairs_table(pairs), made.csv)
    Path(made.markdown).write_text(markdown(pairs), encoding="utf-8")
    testbed = snakemake.wildcards.testbed
    write({"schema": SCHEMA, "testbed": testbed, "pairs": pairs}, Path(made.json))
    for _, said in lines(pairs):
        print(said, file=sys.stderr)
