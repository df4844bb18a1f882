"""The report: one HTML file that needs no network.

Needs: all figures and tables, the records, checks and manifests, and what the DUTs were given.
Makes: report.html; what it shows beside figures and tables: words and tables about each testbed, a page for each
table and a listing for each file that was used, under results/<testbed>/report/.

How something gets in: a figure is an input of `figures` whose PNG is marked with report(category="Figures",
labels={"figure": ...}, caption=...); a table is an input of `tables` (or one of DESCRIBED) with a caption
workflow/report/tables/<table>.rst; a file that is listed is in `listings`.
"""

from hashlib import sha256
from types import SimpleNamespace

# What describe_testbed makes; the key is the name of the CSV file and of its caption.
DESCRIBED = {
    "in_doubt": "Points that do not hold",
    "software": "Software",
    "hosts": "Machines",
    "checks": "Functional checks",
}
MACHINES = ("software", "hosts")
CAPTIONS = sorted(map(str, Path("workflow/report").rglob("*.rst")))


def table_title(wildcards):
    """The heading of a table's page."""
    return DESCRIBED.get(wildcards.table, wildcards.table.replace("_", " ").capitalize())


def table_category(wildcards):
    """Where in the report a table stands."""
    return "Machines and software" if wildcards.table in MACHINES else "Tables"


def subcategory(wildcards):
    """The testbed, where there are several."""
    return wildcards.testbed if len(testbeds()) > 1 else None


def config_id():
    """What differs when the merged configuration does."""
    return sha256(grid.as_param(config).encode()).hexdigest()[:16]


def listings(testbed):
    """Name -> (file, settings that fill its placeholders, or None) of what is listed.

    The merged configuration is in no file; only what this configuration uses is listed.
    """
    listed = {"config.yaml": (None, None)}
    for figure in figures_on(testbed):
        settings = grid.figure_settings(config, figure)
        dut, function = settings["dut"], settings["function"]
        program = dut_program(SimpleNamespace(dut=dut, function=function))
        if program.startswith("workflow/"):
            fill = grid.check_settings(config, testbed, dut, function)["dut"]
            listed[f"{dut}-{Path(program).name}"] = (program, fill)
    if config["testbeds"][testbed].get("loadgen", {}).get("generator") == "moongen":
        scripts = sorted(map(str, Path("workflow/loadgens/moongen").glob("*.lua")))
        listed |= {Path(script).name: (script, None) for script in scripts}
    built = {"softgen": [f"{program_path('softgen')[: -len('softgen')]}manifest.json"]}
    built |= {program: manifests(program) for program in ("ovs", "dpdk")}
    return listed | {f"{name}-{Path(f).name}": (f, None) for name, of in built.items() for f in of}


def listing_source(wildcards):
    """The file that is listed in a list; empty for the merged configuration."""
    source, _ = listings(wildcards.testbed)[wildcards.listing]
    return [source] if source else []


def table_pages():
    """A page for each table of `tables` and each that describes a testbed."""
    tables = [Path(table) for table in rules.tables.input]
    tables += [Path(f"results/{testbed}/{table}") for testbed in testbeds() for table in DESCRIBED]
    return [f"{table.parent}/report/tables/{table.stem}.html" for table in tables]


def shown_in_report(wildcards):
    """All that is in the report."""
    return [
        *rules.figures.input,
        *rules.tables.input,
        *table_pages(),
        *(f"results/{t}/report/listings/{name}.html" for t in testbeds() for name in listings(t)),
    ]


def words_of_report(wildcards):
    """What captions and the front page include."""
    return [
        *(figure_table(figure, "words").replace(".csv", ".rst") for figure in config["figures"]),
        *(f"results/{testbed}/report/overview.rst" for testbed in testbeds()),
    ]


rule describe_testbed:
    input:
        code=code("describe_testbed"),
        points="results/{testbed}/points.csv",
        series="results/{testbed}/series.csv",
        records=lambda wildcards: record_paths(figures_on(wildcards.testbed)),
        checks=lambda w: [path for path in check_paths() if path.split("/")[1] == w.testbed],
    output:
        **{table: f"results/{{testbed}}/{table}.csv" for table in DESCRIBED},
        overview="results/{testbed}/report/overview.rst",
    log:
        "results/{testbed}/logs/describe_testbed.log",
    conda:
        "../../envs/environment.yaml"
    params:
        about=lambda w: grid.as_param(config["testbeds"][w.testbed]),
    message:
        "what was measured on {wildcards.testbed}, in words and tables"
    script:
        "../scripts/describe_testbed.py"


rule describe_figure:
    input:
        code=code("describe_figure"),
        series="results/{testbed}/figures/{figure}/series.csv",
        rates="results/{testbed}/figures/{figure}/rates.csv",
        reference=REFERENCE,
    output:
        words="results/{testbed}/figures/{figure}/words.rst",
    log:
        "results/{testbed}/logs/describe_figure/{figure}.log",
    conda:
        "../../envs/environment.yaml"
    message:
        "{wildcards.figure} in words"
    script:
        "../scripts/describe_figure.py"


rule make_table_page:
    input:
        code=code("make_table_page"),
        table="results/{testbed}/{table}.csv",
        caption="workflow/report/tables/{table}.rst",
    output:
        page=report(
            "results/{testbed}/report/tables/{table}.html",
            caption="../report/make_table_page.rst",
            category=table_category,
            subcategory=subcategory,
            labels=lambda wildcards: {"table": table_title(wildcards)},
        ),
    log:
        "results/{testbed}/logs/make_table_page/{table}.log",
    wildcard_constraints:
        table=r"\w+",
    conda:
        "../../envs/environment.yaml"
    params:
        title=table_title,
    message:
        "page of the table {wildcards.table} ({wildcards.testbed})"
    script:
        "../scripts/make_table_page.py"


rule make_listing:
    input:
        code=code("make_listing"),
        source=listing_source,
    output:
        page=report(
            "results/{testbed}/report/listings/{listing}.html",
            caption="../report/make_listing.rst",
            category="Files as used",
            subcategory=subcategory,
            labels={"file": "{listing}"},
        ),
    log:
        "results/{testbed}/logs/make_listing/{listing}.log",
    wildcard_constraints:
        listing=r"[\w.-]+",
    conda:
        "../../envs/environment.yaml"
    params:
        fill=lambda w: grid.as_param(listings(w.testbed)[w.listing][1]),
        config_id=lambda w: "" if listing_source(w) else config_id(),
    message:
        "listing of {wildcards.listing} ({wildcards.testbed})"
    script:
        "../scripts/make_listing.py"


rule make_report:
    input:
        code=code("make_report"),
        shown=shown_in_report,
        words=words_of_report,
        captions=CAPTIONS,
        stylesheet="workflow/report/style.css",
    output:
        report="report.html",
    log:
        "results/logs/make_report.log",
    conda:
        "../../envs/environment.yaml"
    params:
        config_id=config_id(),
    message:
        "report.html: all figures, tables and listings in one file"
    script:
        "../scripts/make_report.py"
