"""Make a list of firewall rules in the shape of ClassBench's, before those of its base."""

from pathlib import Path

from middlebench.duts.rule_lists import with_rules
from middlebench.errors import one_line_errors
from middlebench.files.text import read_text

with one_line_errors(snakemake.log[0]):
    path, cell = Path(snakemake.output.rules), snakemake.wildcards
    count, seed = int(cell.number), int(snakemake.params.seed)
    text = with_rules(read_text(Path(snakemake.input.base)), path.suffix, count, seed)
    path.write_text(text, encoding="utf-8")
