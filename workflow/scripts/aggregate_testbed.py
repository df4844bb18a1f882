"""Make the tables of one testbed from the records of all its figures, and of its disturbance."""

import json

from middlebench.analysis.machine_words import say_machine
from middlebench.analysis.tables import write_disturbance, write_tables
from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
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
    write_disturbance(records, snakemake.output.disturbance)
    say_machine(records, snakemake.log[0])
