"""Draw the wiring of the testbed that the configuration names, PDF and PNG."""

import json

from middlebench.errors import one_line_errors
from middlebench.figures.drawing.style import parse_style, save
from middlebench.figures.testbed.figure import testbed_figure

with one_line_errors(snakemake.log[0]):
    style = parse_style(snakemake.params.style)
    figure = testbed_figure(json.loads(snakemake.params.wiring), style)
    save(figure, style, snakemake.output.pdf, snakemake.output.png)
