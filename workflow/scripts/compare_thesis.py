"""Make thesis_comparison.csv (published and measured) and corrections.csv of one testbed."""

import pandas as pd

from middlebench.analysis.comparison import comparison_table
from middlebench.analysis.corrections import correction_table
from middlebench.analysis.published import read_reference
from middlebench.analysis.tables import read_table, write_csv
from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
from middlebench.records.job_files import read_check

with one_line_errors(snakemake.log[0]):
    tables = [read_table(path).astype(object) for path in many(snakemake.input.series)]
    series = pd.concat(tables, ignore_index=True).drop_duplicates()
    reference = read_reference(snakemake.input.reference)
    checks = {check["function"]: check for check in map(read_check, many(snakemake.input.check))}
    corrections = correction_table(reference, checks, series["dut"])
    write_csv(comparison_table(series, reference), snakemake.output.comparison)
    write_csv(corrections, snakemake.output.corrections)
