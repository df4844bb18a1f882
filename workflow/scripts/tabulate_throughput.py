"""Make throughput.csv: NDR, PDR and latency of each series."""

from middlebench.analysis.tables import write_csv
from middlebench.analysis.throughput import throughput_table
from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many

with one_line_errors(snakemake.log[0]):
    write_csv(throughput_table(many(snakemake.input.series)), snakemake.output.csv)
