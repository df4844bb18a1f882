"""Make the tables of one figure: a row a point, a rate, a series, a rate of its sweep."""

import json
from pathlib import Path

from middlebench.aggregate import write_sweep, write_tables
from middlebench.errors import one_line_errors
from middlebench.records_table import records_table

with one_line_errors(snakemake.log[0]):
    write_tables(
        records_table(snakemake.input.records),
        **json.loads(snakemake.params.limits),
        points=snakemake.output.points,
        series=snakemake.output.series,
        rates=snakemake.output.rates,
    )
    planned = json.loads(Path(snakemake.input.plan).read_text(encoding="utf-8"))
    write_sweep(planned["sweep"], snakemake.output.sweep)
