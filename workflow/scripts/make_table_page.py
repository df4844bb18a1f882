"""Make the HTML page of one table for the report."""

from pathlib import Path

from middlebench.errors import one_line_errors
from middlebench.report.table import read_table, table_page

with one_line_errors(snakemake.log[0]):
    page = table_page(snakemake.params.title, read_table(snakemake.input.table))
    Path(snakemake.output.page).write_text(page, encoding="utf-8")
