"""Make the tables of one figure: a row a point, a rate, a series, a rate of its sweep."""

import json

from middlebench.analysis.tables import write_sweep, write_tables
from middlebench.errors import one_line_errors
from middlebench.records.job_files import read_plan
from middlebench.records.table import records_table

with one_line_errors(snakemake.log[0]):
    write_tables(
        records_table(snakemake.input.records),
        **json.loads(snakemake.params.limits),
        points=snakemake.output.points,
        series=snakemake.output.series,
        rates=snakemake.output.rates,
    )
    write_sweep(read_plan(snakemake.input.plan)["sweep"], snakemake.output.sweep)
