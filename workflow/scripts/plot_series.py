"""Draw one figure, PDF and PNG, from its points.csv, rates.csv and series.csv."""

from middlebench.analysis.published import read_reference
from middlebench.analysis.tables import read_table
from middlebench.errors import one_line_errors
from middlebench.figures.drawing.style import parse_style, save
from middlebench.figures.series.latency import latency_figure

with one_line_errors(snakemake.log[0]):
    style = parse_style(snakemake.params.style)
    figure = latency_figure(
        read_table(snakemake.input.points),
        read_table(snakemake.input.rates),
        read_table(snakemake.input.series),
        read_reference(snakemake.input.reference),
        style,
        title=snakemake.params.get("title", ""),
    )
    save(figure, style, snakemake.output.pdf, snakemake.output.png)
