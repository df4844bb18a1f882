"""Make flows.csv: of each DUT what it carries at each size of a table."""

import json

from middlebench.analysis.league import league_table
from middlebench.analysis.scaling import scaling_table
from middlebench.analysis.tables import write_csv
from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many

with one_line_errors(snakemake.log[0]):
    limits = json.loads(snakemake.params.limits)
    league = league_table(many(snakemake.input.series), many(snakemake.input.tried), **limits)
    write_csv(scaling_table(league, "flows"), snakemake.output.csv)
