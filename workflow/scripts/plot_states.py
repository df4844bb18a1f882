"""Draw what telling states apart changes in a figure, PDF and PNG, from its records."""

from middlebench.analysis.told_apart import told_apart
from middlebench.errors import one_line_errors
from middlebench.figures.drawing.style import parse_style, save
from middlebench.figures.states import states_figure
from middlebench.files.job_inputs import many

with one_line_errors(snakemake.log[0]):
    style = parse_style(snakemake.params.style)
    figure = states_figure(told_apart(many(snakemake.input.records)), style, snakemake.params.title)
    save(figure, style, snakemake.output.pdf, snakemake.output.png)
