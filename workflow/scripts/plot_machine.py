"""Draw figures/machine.pdf and .png from each testbed's disturbance.csv."""

from pathlib import Path

import pandas as pd

from middlebench.errors import one_line_errors
from middlebench.figures.drawing.style import parse_style, save
from middlebench.figures.machine.figure import machine_figure
from middlebench.files.job_inputs import many

with one_line_errors(snakemake.log[0]):
    style = parse_style(snakemake.params.style)
    tables = {
        Path(path).parent.name: pd.read_csv(path) for path in many(snakemake.input.disturbance)
    }
    save(machine_figure(tables, style), style, snakemake.output.pdf, snakemake.output.png)
