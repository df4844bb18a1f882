"""What the report shows, and how it is called.

Needs: nothing. Makes: nothing.

How something gets in: a figure is an input of `figures` (see drawn.smk) whose PNG is marked with
report(category="Figures", labels={"figure": ...}, caption=...); a table is an input of `tables` (or one of DESCRIBED)
with a caption workflow/report/tables/<table>.rst; a file that is listed is in `listings`.
"""

from middlebench.experiment.league import with_played
from middlebench.planning import shown
from middlebench.planning.shown import DESCRIBED
from middlebench.report.embedded import label

LISTED = with_played(
    MEASURED, lambda testbed, part: os.path.exists(f"results/{testbed}/{part}.csv")
)
"""The configuration with all that is measured as figures, and what is there of the league."""

CAPTIONS = sorted(map(str, Path("workflow/report").rglob("*.rst")))


def figure_title(wildcards):
    """The heading of a figure, and how it is called in the report."""
    return grid.figure_title(grid.figure_settings(config, wildcards.figure))


def figure_rates(wildcards):
    """Which rates a figure was measured at, in words."""
    return shown.rates_in_words(config, wildcards.figure)


def table_title(wildcards):
    """The heading of a table's page."""
    return shown.table_title(wildcards.table)


def table_category(wildcards):
    """Where in the report a table stands."""
    return shown.table_category(wildcards.table)


def subcategory(wildcards):
    """The testbed, where there are several."""
    return wildcards.testbed if len(testbeds()) > 1 else None


def listings(testbed):
    """Name -> (file, settings that fill its placeholders) of what is listed."""
    return shown.listings(LISTED, testbed, asked.figures_on(LISTED, testbed))


def listing_source(wildcards):
    """The file that is listed in a list; empty for the merged configuration."""
    source, _ = listings(wildcards.testbed)[wildcards.listing]
    return [source] if source else []


def repository_files(paths):
    """Those of some files that no rule makes."""
    return [path for path in paths if path.startswith(shown.OURS)]


def figure_words(figure):
    """What came out of a figure, in words."""
    return figure_table(figure, "words").removesuffix(".csv") + ".rst"


def shown_in_report(wildcards):
    """All that is in the report."""
    return [
        *rules.figures.input,
        *rules.tables.input,
        *shown.table_pages(rules.tables.input, testbeds()),
        *(f"results/{t}/report/listings/{name}.html" for t in testbeds() for name in listings(t)),
    ]


def words_of_report(wildcards):
    """What captions and the front page of the report include."""
    return [
        *(figure_words(figure) for figure in drawn_figures(config)),
        *(f"results/{testbed}/report/overview.rst" for testbed in testbeds()),
    ]
