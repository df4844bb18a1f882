"""Draw figures/nat_cost.pdf and .png from cost.csv."""

import pandas as pd

from middlebench.errors import one_line_errors
from middlebench.plots.cost import cost_figure
from middlebench.plots.style import parse_style, save

with one_line_errors(snakemake.log[0]):
    style = parse_style(snakemake.params.style)
    figure = cost_figure(pd.read_csv(snakemake.input.cost[0]), style)
    save(figure, style, snakemake.output.pdf, snakemake.output.png)
