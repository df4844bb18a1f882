"""Draw figures/compare.pdf and .png from the comparisons of all testbeds."""

from middlebench.errors import one_line_errors
from middlebench.figures.compared.figure import compared_figure
from middlebench.figures.drawing.style import parse_style, save
from middlebench.files.job_inputs import many
from middlebench.records.comparison_file import read_comparison

with one_line_errors(snakemake.log[0]):
    style = parse_style(snakemake.params.style)
    results = list(map(read_comparison, many(snakemake.input.results)))
    figure = compared_figure(results, style)
    save(figure, style, snakemake.output.pdf, snakemake.output.png)
