"""Draw the frame sizes of a capture, PDF and PNG, from the two tables about it."""

import json

import pandas as pd

from middlebench.errors import one_line_errors
from middlebench.figures.drawing.style import parse_style, save
from middlebench.figures.packet_sizes.figure import packet_sizes_figure

with one_line_errors(snakemake.log[0]):
    style = parse_style(snakemake.params.style)
    sizes = pd.read_csv(snakemake.input.sizes)
    (capture,) = pd.read_csv(snakemake.input.capture, keep_default_na=False).to_dict("records")
    figure = packet_sizes_figure(
        sizes, capture, **json.loads(snakemake.params.classes), style=style
    )
    save(figure, style, snakemake.output.pdf, snakemake.output.png)
