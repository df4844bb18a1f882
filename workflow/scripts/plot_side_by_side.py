"""Draw figures/side_by_side.pdf and .png from the tables of some figures."""

import pandas as pd

from middlebench.analysis.tables import read_table
from middlebench.errors import one_line_errors
from middlebench.figures.drawing.style import parse_style, save
from middlebench.figures.side_by_side import side_by_side_figure
from middlebench.files.job_inputs import many

TABLES = ("points", "rates", "series")

with one_line_errors(snakemake.log[0]):
    style = parse_style(snakemake.params.style)
    tables = [
        pd.concat([read_table(path) for path in many(snakemake.input[name])], ignore_index=True)
        for name in TABLES
    ]
    figure = side_by_side_figure(*tables, style)
    save(figure, style, snakemake.output.pdf, snakemake.output.png)
