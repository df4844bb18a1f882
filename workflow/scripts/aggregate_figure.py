"""Make the tables of one figure: points.csv and series.csv from the figure's point records."""

from middlebench.aggregate import write_tables
from middlebench.errors import one_line_errors

with one_line_errors(snakemake.log[0]):
    write_tables(
        snakemake.input.records,
        snakemake.params.max_loss_ratio,
        snakemake.output.points,
        snakemake.output.series,
    )
