"""Read the files of a series that was measured elsewhere: a table of its points."""

import json

from middlebench.errors import one_line_errors
from middlebench.imported.table import rows, write

with one_line_errors(snakemake.log[0]):
    settings = json.loads(snakemake.params.settings)
    write(snakemake.output.points, rows(snakemake.wildcards.series, settings))
