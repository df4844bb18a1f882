"""Make league.csv, of each series its capacity, latency and rank, and hardware.csv."""

import json

from middlebench.analysis.hardware import hardware_table
from middlebench.analysis.league import league_table
from middlebench.analysis.tables import write_csv
from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many

with one_line_errors(snakemake.log[0]):
    limits = json.loads(snakemake.params.limits)
    league = league_table(many(snakemake.input.series), many(snakemake.input.tried), **limits)
    write_csv(league, snakemake.output.csv)
    write_csv(hardware_table(league), snakemake.output.hardware)
