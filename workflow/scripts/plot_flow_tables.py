"""Draw the tables of the OpenFlow rules in use, PDF and PNG."""

import json
from pathlib import Path

from middlebench.errors import one_line_errors
from middlebench.openflow import read_rules
from middlebench.plots.flow_tables import flow_tables_figure
from middlebench.plots.style import parse_style, save

with one_line_errors(snakemake.log[0]):
    style = parse_style(snakemake.params.style)
    settings = json.loads(snakemake.params.settings)
    files = {Path(path).stem: read_rules(path, settings[path]) for path in snakemake.input.rules}
    save(flow_tables_figure(files, style), style, snakemake.output.pdf, snakemake.output.png)
