"""Make the tables of one figure from its point records: a point, a rate, a series a row."""

import json

from middlebench.aggregate import write_tables
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
