"""Say what was measured on a testbed: software, machines, checks, doubts, and words on it."""

import json
from pathlib import Path

from middlebench.analysis.tables import read_table, write_csv
from middlebench.errors import one_line_errors
from middlebench.files.job_inputs import many
from middlebench.report.facts import checks_table, doubt_table, facts_table
from middlebench.report.words import overview

with one_line_errors(snakemake.log[0]):
    made, given = snakemake.output, snakemake.input
    points, series = read_table(given.points), read_table(given.series)
    write_csv(facts_table(many(given.records), "software"), made.software)
    hosts = facts_table(many(given.records), "host")
    write_csv(hosts, made.hosts)
    write_csv(checks_table(many(given.checks)), made.checks)
    write_csv(doubt_table(points), made.in_doubt)
    about = json.loads(snakemake.params.about)
    words = overview(snakemake.wildcards.testbed, about, hosts, points, series)
    Path(made.overview).write_text(words, encoding="utf-8")
