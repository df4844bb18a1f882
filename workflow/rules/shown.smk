"""What the report shows, and how it is called.

Needs: nothing. Makes: nothing.

How something gets in: a figure is an input of `figures` whose PNG is marked with report(category="Figures",
labels={"figure": ...}, caption=...); a table is an input of `tables` (or one of DESCRIBED) with a caption
workflow/report/tables/<table>.rst; a file that is listed is in `listings`.
"""

from types import SimpleNamespace

from middlebench.files.canonical import text_digest
from middlebench.report.embedded import label

# What describe_testbed makes; the key is the name of the CSV file and of its caption.
DESCRIBED = {
    "in_doubt": "Points that do not hold",
    "software": "Software",
    "hosts": "Machines",
    "checks": "Functional checks",
}
MACHINES = ("software", "hosts")
CAPTIONS = sorted(map(str, Path("workflow/report").rglob("*.rst")))


def figure_title(wildcards):
    """The heading of a figure, and how it is called in the report."""
    return grid.figure_title(grid.figure_settings(config, wildcards.figure))


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
    return text_digest(grid.as_param(config))[:16]


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
            listed[f"{dut}-{Path(program).name}"] = (program, fills(figure, testbed))
        for path in registry.entry(dut).read_files:
            listed[f"{dut}-{Path(path).name}"] = (path, None)
    if config["testbeds"][testbed].get("loadgen", {}).get("generator") == "moongen":
        scripts = sorted(map(str, Path("workflow/loadgens/moongen").glob("*.lua")))
        listed |= {Path(script).name: (script, None) for script in scripts}
    softgen = Path(softgen_of(SimpleNamespace(testbed=testbed)))
    built = {"softgen": [str(softgen.with_name("manifest.json"))]}
    built |= {program: manifests(program) for program in ("ovs", "dpdk")}
    return listed | {f"{name}-{Path(f).name}": (f, None) for name, of in built.items() for f in of}


def fills(figure, testbed):
    """The settings that fill the program of a figure's DUT."""
    settings = grid.measuring_settings(config, figure)["dut"]
    dut = grid.figure_settings(config, figure)["dut"]
    program = config["software"].get(registry.entry(dut).software or "")
    return registry.fills(dut, settings, config["testbeds"][testbed], program)


def listing_source(wildcards):
    """The file that is listed in a list; empty for the merged configuration."""
    source, _ = listings(wildcards.testbed)[wildcards.listing]
    return [source] if source else []


def repository_files(paths):
    """Those of some files that no rule makes."""
    return [path for path in paths if path.startswith("workflow/")]


def figure_words(figure):
    """What came out of a figure, in words."""
    return figure_table(figure, "words").removesuffix(".csv") + ".rst"


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
        *(figure_words(figure) for figure in drawn_figures(config)),
        *(f"results/{testbed}/report/overview.rst" for testbed in testbeds()),
    ]
