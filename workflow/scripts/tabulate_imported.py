"""Make the table of all imported points."""

from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
from middlebench.imported.table import joined, write

with one_line_errors(snakemake.log[0]):
    write(snakemake.output.csv, joined(many(snakemake.input.series)))
