"""Draw one figure, PDF and PNG, from its points.csv, rates.csv and series.csv."""

import pandas as pd

from middlebench.errors import one_line_errors
from middlebench.plots.latency import latency_figure
from middlebench.plots.style import parse_style, save
from middlebench.published import read_reference

with one_line_errors(snakemake.log[0]):
    style = parse_style(snakemake.params.style)
    figure = latency_figure(
        pd.read_csv(snakemake.input.points),
        pd.read_csv(snakemake.input.rates),
        pd.read_csv(snakemake.input.series),
        read_reference(snakemake.input.reference),
        style,
        title=snakemake.params.get("title", ""),
    )
    save(figure, style, snakemake.output.pdf, snakemake.output.png)
