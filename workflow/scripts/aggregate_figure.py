"""Make the tables of one figure: a row a point, a rate, a series, a rate of its sweep."""

import json

from middlebench.analysis.machine_words import say_machine
from middlebench.analysis.tables import write_sweep, write_tables
from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
from middlebench.records.job_files import read_plan
from middlebench.records.table import records_table

with one_line_errors(snakemake.log[0]):
    records = records_table(many(snakemake.input.records))
    write_tables(
        records,
        **json.loads(snakemake.params.limits),
        points=snakemake.output.points,
        series=snakemake.output.series,
        rates=snakemake.output.rates,
    )
    *_, last_plan = many(snakemake.input.plans)
    write_sweep(read_plan(last_plan)["sweep"], snakemake.output.sweep)
    say_machine(records, snakemake.log[0])
