"""Names, addresses and other texts of the configuration: which are accepted, which are told."""

import copy
import re
from pathlib import Path

import pytest

from configurations import DEFAULT, GIT, TALLINN, TARBALL, TOKEN_BUCKET, changed, fault
from middlebench.experiment.config import OTHER_FIGURES, OTHER_FOLDERS, validate
from middlebench.experiment.ladder import with_cost_sweeps
from workspace import REPOSITORY

FIGURE = DEFAULT["figures"]["nat_64b"]


def rules_text() -> str:
    """All rules of the workflow."""
    files = [REPOSITORY / "Snakefile", *(REPOSITORY / "workflow/rules").rglob("*.smk")]
    return "\n".join(Path(file).read_text(encoding="utf-8") for file in files)


def test_taken_names_are_what_other_rules_make():
    """A rule that draws figures/<name>, in a file <name>, or writes below results/<name>/."""
    code = rules_text()
    assert set(re.findall(r'"figures/(\w+)(?:\.|/\{imported\})', code)) == set(OTHER_FIGURES)
    assert set(re.findall(r'"results/(\w+)/', code)) == set(OTHER_FOLDERS)


@pytest.mark.tried("words")
@pytest.mark.parametrize("name", OTHER_FIGURES)
def test_a_figure_with_the_name_of_another_rules_figure_is_told(name):
    """It would never be drawn, as the other rule makes its file; all such names are listed."""
    told = fault(changed(f"figures/{name}", FIGURE))
    taken = ", ".join(OTHER_FIGURES)
    assert told == f"figures.{name}: the name is taken; allowed: any but {taken}"


@pytest.mark.tried("words")
@pytest.mark.parametrize("name", OTHER_FOLDERS)
def test_a_testbed_with_the_name_of_another_folder_is_told(name):
    """Its records would lie among programs or logs."""
    told = fault(changed(f"testbeds/{name}", DEFAULT["testbeds"]["sandbox"]))
    assert told == f"testbeds.{name}: the name is taken; allowed: any but imported, logs, software"


@pytest.mark.tried("words")
def test_a_figure_without_a_picture_is_kept_whatever_it_is_called():
    """`cost_mine` begins like a sweep of the section cost, but is none."""
    config = changed("figures/cost_mine", FIGURE | {"drawn": False})
    assert "cost_mine" in with_cost_sweeps(config)["figures"]


@pytest.mark.tried("words")
@pytest.mark.parametrize("name", ["", "-x", ".", "..", ".x", "a/b", "{x}", "a b", "A", "a" * 65])
@pytest.mark.parametrize("section", ["figures", "testbeds"])
def test_a_name_that_is_no_file_name_is_told(section, name):
    """What begins like an option, leads elsewhere, or is a pattern to Snakemake or a shell."""
    value = next(iter(DEFAULT[section].values()))
    config = changed(f"{section}/one", value)
    config[section][name] = config[section].pop("one")
    assert "; allowed: a name of at most 64 " in fault(config)


@pytest.mark.tried("words")
@pytest.mark.parametrize("name", ["", "-x", ".", "..", ".x", "a/b", "{x}", "a b", "a" * 16, "a\n"])
@pytest.mark.parametrize("where", ["ports", "loadgen/ports"])
def test_an_interface_that_no_kernel_has_is_told(where, name):
    """An option in disguise, a path, more than 15 characters."""
    named = {"pci": "0000:07:00.0", "interface": name}
    for port in (named, {"vdev": f"net_af_packet0,iface={name}"}):
        config = changed("testbeds/lab", copy.deepcopy(TALLINN))
        node = config["testbeds"]["lab"]
        for part in where.split("/"):
            node = node[part]
        node[0] = port
        told = fault(config)
        assert told.startswith(f"testbeds.lab.{where.replace('/', '.')}[0].")
        assert "; allowed: a text (" in told


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    "title", ["", "a\nb", "\x1b[2J", "a\x00", "\ud800", "\u202etxt", "a" * 121]
)
def test_a_title_that_cannot_be_shown_is_told(title):
    """Control characters, what turns the direction of writing, half a character."""
    told = fault(changed("figures/nat_64b/title", title))
    assert told.startswith("figures.nat_64b.title: ")
    assert "; allowed: a text (heading of the figure, at most 120 printable letters)" in told


@pytest.mark.tried("words")
@pytest.mark.parametrize("digits", [400, 5000])
@pytest.mark.parametrize("path", ["style/dpi", "style/width_mm", "figures/nat_64b/flows/0"])
def test_a_number_of_many_digits_is_told(path, digits):
    """More than a float holds, and more than Python prints."""
    told = fault(changed(path, 10**digits))
    assert "; allowed: " in told
    assert len(told) < 200


URLS = [
    "https://example.org/x.tar.gz?v=1#a",
    "https://user:token@example.org:8443/x",
    "https://token@[::1]/x",
    "http://example.org",
    "file:///srv/x.tar.gz",
]


@pytest.mark.parametrize("url", URLS)
def test_urls_are_accepted(url):
    """With a port, a query, a user."""
    validate(changed("software/ovs", GIT | {"url": url}))


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    "url",
    [
        "git@example.org:x",
        "https://user:sec/ret@example.org/x",
        "https://user:sec ret@example.org/x",
        "https://example.org/@sec/ret",
        "https://sec:ret/x",
        "https://",
        "file://sec@ret/x",
    ],
)
def test_a_url_whose_user_cannot_be_told_is_refused(url):
    """Without saying what may be a token."""
    told = fault(changed("software/ovs", GIT | {"url": url}))
    assert told.startswith("software.ovs.url: ")
    assert "; allowed: a text (an address that begins with https://" in told
    if "@" in url:
        assert "sec" not in told or url.startswith("https://example")


@pytest.mark.tried("words")
def test_a_fault_beside_a_url_does_not_say_its_token():
    """Nor when the whole mapping is shown."""
    chosen = TARBALL | {"url": "https://user:geheim@example.org/x"}
    assert "geheim" not in fault(changed("software/ovs", [chosen]))
    assert "geheim" not in fault(changed("software/ovs", chosen))
    assert "geheim" not in fault(changed("duts/token-bucket", TOKEN_BUCKET | {"seed": chosen}))
