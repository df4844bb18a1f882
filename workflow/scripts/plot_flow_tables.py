"""Draw the tables of the OpenFlow rules in use, PDF and PNG."""

import json
from pathlib import Path

from middlebench.duts.ovs.openflow import read_rules
from middlebench.errors import one_line_errors
from middlebench.figures.drawing.style import parse_style, save
from middlebench.figures.flow_tables.figure import flow_tables_figure
from middlebench.files.job_inputs import many

with one_line_errors(snakemake.log[0]):
    style = parse_style(snakemake.params.style)
    settings = json.loads(snakemake.params.settings)
    files = {
        Path(path).stem: read_rules(path, settings[path]) for path in many(snakemake.input.rules)
    }
    save(flow_tables_figure(files, style), style, snakemake.output.pdf, snakemake.output.png)
