"""Draw figures/thesis_comparison.pdf and .png from thesis_comparison.csv."""

import pandas as pd

from middlebench.errors import one_line_errors
from middlebench.figures.comparison import comparison_figure
from middlebench.figures.drawing.style import parse_style, save
from middlebench.files.job_inputs import many

with one_line_errors(snakemake.log[0]):
    style = parse_style(snakemake.params.style)
    tables = [pd.read_csv(path).astype(object) for path in many(snakemake.input.comparison)]
    figure = comparison_figure(pd.concat(tables, ignore_index=True), style)
    save(figure, style, snakemake.output.pdf, snakemake.output.png)
