"""Make report.html, one file that needs no network, from what is made already."""

import json
from pathlib import Path

from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
from middlebench.hosts.lock import end_with_owner
from middlebench.report.build import build_report

end_with_owner()
with one_line_errors(snakemake.log[0]):
    config = json.loads(json.dumps(snakemake.config))
    target, stylesheet = Path(snakemake.output.report), Path(snakemake.input.stylesheet)
    shown = [*many(snakemake.input.shown), *many(snakemake.input.words)]
    said = build_report(target, shown, config, stylesheet)
    Path(snakemake.log[0]).write_text(said, encoding="utf-8")
