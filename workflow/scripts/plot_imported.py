"""Draw imported series beside measured ones, PDF and PNG."""

import json

import pandas as pd

from middlebench.analysis.tables import read_table
from middlebench.errors import one_line_errors
from middlebench.figures.drawing.style import parse_style, save
from middlebench.figures.imported.figure import imported_figure, main_rates
from middlebench.files.job_inputs import many

with one_line_errors(snakemake.log[0]):
    style = parse_style(snakemake.params.style)
    names = json.loads(snakemake.params.beside)
    tables = zip(many(snakemake.input.rates), many(snakemake.input.series), strict=True)
    measured = [
        main_rates(read_table(rates), read_table(series)).assign(figure=name)
        for name, (rates, series) in zip(names, tables, strict=True)
    ]
    figure = imported_figure(
        pd.concat(map(read_table, many(snakemake.input.imported)), ignore_index=True),
        pd.concat(measured, ignore_index=True) if measured else pd.DataFrame(),
        snakemake.params.title,
        style,
    )
    save(figure, style, snakemake.output.pdf, snakemake.output.png)
