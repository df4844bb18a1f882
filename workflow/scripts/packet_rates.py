"""Make packet_rates.csv: the thesis's printed packet rates, recomputed, and ours beside them."""

import pandas as pd

from middlebench.aggregate import write_csv
from middlebench.errors import one_line_errors
from middlebench.published import packet_rate_table, read_reference

with one_line_errors(snakemake.log[0]):
    tables = [pd.read_csv(path) for path in snakemake.input.series]
    series = pd.concat(tables, ignore_index=True).drop_duplicates()
    reference = read_reference(snakemake.input.reference)
    write_csv(packet_rate_table(series, reference), snakemake.output.csv)
