"""Make the HTML page that lists one file as it was used, or the merged configuration."""

import json
from pathlib import Path

import yaml

from middlebench.duts.supplied import as_used
from middlebench.errors import one_line_errors
from middlebench.files.canonical import text_digest
from middlebench.files.job_inputs import many
from middlebench.files.text import read_text
from middlebench.report.listing import listing_page

with one_line_errors(snakemake.log[0]):
    fill = json.loads(snakemake.params.fill)
    if not many(snakemake.input.source):
        notes = ["The configuration, merged from all files and options."]
        text = yaml.safe_dump(json.loads(json.dumps(snakemake.config)), sort_keys=False)
    elif fill is None:
        source = Path(many(snakemake.input.source)[0])
        notes, text = [f"From {source}."], read_text(source)
    else:
        source = Path(many(snakemake.input.source)[0])
        notes = [f"From {source}, as the DUT got it: with the configuration's values filled in."]
        text = as_used(source, fill)
    notes.append(f"SHA-256: {text_digest(text)}")
    page = listing_page(snakemake.wildcards.listing, text, notes)
    Path(snakemake.output.page).write_text(page, encoding="utf-8")
