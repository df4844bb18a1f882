"""Draw figures/dut_comparison.pdf and .png from league.csv."""

import json

import pandas as pd

from middlebench.analysis.tables import read_table
from middlebench.errors import one_line_errors
from middlebench.figures.drawing.style import parse_style, save
from middlebench.figures.league.paths import paths_figure
from middlebench.files.job_inputs import many

with one_line_errors(snakemake.log[0]):
    style, paths = parse_style(snakemake.params.style), json.loads(snakemake.params.paths)
    tables = [read_table(path) for path in many(snakemake.input.league)]
    figure = paths_figure(pd.concat(tables) if tables else pd.DataFrame(), paths, style)
    save(figure, style, snakemake.output.pdf, snakemake.output.png)
