"""What is typed that no rule makes: one line that says what to type."""

import re
from types import SimpleNamespace

import pytest

from configurations import DEFAULT
from middlebench.errors import ConfigError
from middlebench.planning.targets import check_targets

MADE = re.compile(
    r"figures/(states/)?(nat|fw)_(64|1500)b\.(pdf|png)|figures/machine.pdf|report.html"
)
PRODUCER = SimpleNamespace(is_producer=lambda path: MADE.fullmatch(path) is not None)
WORKFLOW = SimpleNamespace(is_rule=("all", "figures").__contains__, rules=[PRODUCER])
PICTURES = ["machine", "flow_tables"]
EVERY = "<name>.pdf or .png of fw_1500b, fw_64b, nat_1500b, nat_64b"
OVERLAY = "; one of an overlay needs --configfile behind it"


def refused(words):
    """The line that a command is refused with, behind the target."""
    with pytest.raises(ConfigError) as error:
        check_targets(words.split(), WORKFLOW, DEFAULT, PICTURES)
    return str(error.value)


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            "--cores 1 figures/nat_64.pdf",
            "figures/nat_64.pdf: no figure of this configuration (did you mean figures/nat_64b.pdf"
            f"?); allowed: {EVERY}, machine, flow_tables{OVERLAY}",
        ),
        (
            "figures/firewall.png -n",
            "figures/firewall.png: no figure of this configuration (did you mean figures/fw_1500b."
            f"png?); allowed: {EVERY}, machine, flow_tables{OVERLAY}",
        ),
        (
            "figures/states/flow_tables.pdf",
            "figures/states/flow_tables.pdf: no figure of this configuration; "
            f"allowed: {EVERY}{OVERLAY}",
        ),
        (
            "figures/machine.pdf figures/xyz.pdf --configfile mine.yaml",
            "figures/xyz.pdf: no figure of this configuration; "
            f"allowed: {EVERY}, machine, flow_tables",
        ),
        (
            "--cores 1 nat_64b",
            "nat_64b: no figure of this configuration (did you mean figures/nat_64b.pdf?); "
            f"allowed: {EVERY}, machine, flow_tables{OVERLAY}",
        ),
        (
            "-n figures/nat_64b.pdf mine.yaml",
            "mine.yaml: is nothing that is made; allowed: an overlay behind --configfile, as in "
            "snakemake -n figures/nat_64b.pdf --configfile mine.yaml",
        ),
        (
            "more.yaml --configfile mine.yaml",
            "more.yaml: is nothing that is made; allowed: an overlay behind --configfile, as in "
            "snakemake --configfile mine.yaml more.yaml",
        ),
        (
            "report -n",
            "report: no rule makes it (did you mean report.html?); allowed: all, figures, "
            "report.html, or a file of some rule",
        ),
        (
            "--until results/sandbox/pints.csv",
            "results/sandbox/pints.csv: no rule makes it; allowed: all, figures, report.html, "
            "or a file of some rule",
        ),
    ],
)
def test_what_no_rule_makes_is_told_what_is_made(words, line):
    """Snakemake ends with its own exception, which names no figure and no overlay."""
    assert refused(words) == line


@pytest.mark.parametrize(
    "words",
    [
        "",
        "--cores 1 figures/nat_64b.pdf --configfile mine.yaml",
        "-n ./figures/nat_64b.pdf all",
        "--config seed=1 -- figures/machine.pdf",
        "--forcerun figures --batch all=1/2",
    ],
)
def test_what_some_rule_makes_is_taken(words):
    """Words of options are no targets; paths as Snakemake reads them."""
    check_targets(words.split(), WORKFLOW, DEFAULT, PICTURES)
