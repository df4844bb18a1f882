"""Say in words what is to be seen in one figure, for its caption in the report."""

from pathlib import Path

from middlebench.analysis.published import read_reference
from middlebench.analysis.tables import read_table
from middlebench.errors import one_line_errors
from middlebench.report.words import figure_words

with one_line_errors(snakemake.log[0]):
    words = figure_words(
        read_table(snakemake.input.series),
        read_table(snakemake.input.rates),
        read_reference(snakemake.input.reference),
    )
    Path(snakemake.output.words).write_text(words, encoding="utf-8")
