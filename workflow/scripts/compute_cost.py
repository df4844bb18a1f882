"""Make cost.csv: what each rung of the ladder costs a packet, and what it adds."""

import json

import pandas as pd

from middlebench.analysis.cost import cost_table
from middlebench.analysis.tables import read_table, write_csv
from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
from middlebench.records.comparison_file import read_comparison

with one_line_errors(snakemake.log[0]):
    tables = [read_table(path) for path in many(snakemake.input.points)]
    points = pd.concat([table.dropna(axis=1, how="all") for table in tables], ignore_index=True)
    points = points.reindex(columns=tables[0].columns)
    compared = map(read_comparison, many(snakemake.input.turns))
    limits = json.loads(snakemake.params.limits)
    write_csv(cost_table(points, **limits, compared=compared), snakemake.output.csv)
