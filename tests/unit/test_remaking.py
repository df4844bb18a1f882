"""What is kept and what is made again, and how often that is looked at."""

import os
from types import SimpleNamespace

import pytest

from middlebench.files.seal import sealed
from middlebench.planning import remaking
from middlebench.planning.remaking import Fits, Remaking, made_without_points

MADE_FROM = {"settings": "a1", "code": "knee:1"}


class Wildcards(SimpleNamespace):
    """Snakemake's wildcards: names and values."""

    def items(self):
        """All of them."""
        return vars(self).items()


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run in a folder of its own: what is forced, what was said, and a function that fits."""
    monkeypatch.chdir(tmp_path)
    forced, said = set(), []
    made = Remaking(lambda: forced, said.append)
    wanted = dict(MADE_FROM)
    fits = Fits(made, "{name}.json", lambda _: wanted, lambda _: "{}")
    return SimpleNamespace(forced=forced, said=said, wanted=wanted, fits=fits, folder=tmp_path)


def lay(run, name="a", made_from=MADE_FROM):
    """Write a result, as a new file."""
    new = run.folder / "new"
    new.write_text(sealed({"made_from": made_from}))
    new.replace(run.folder / f"{name}.json")


def test_what_fits_is_kept_and_nothing_is_said(run):
    """It was made from what is wanted."""
    lay(run)
    assert run.fits(Wildcards(name="a"))
    assert (run.forced, run.said) == (set(), [])


def test_a_missing_file_or_a_folder_does_not_fit_and_is_not_forced(run):
    """Snakemake makes what is missing by itself."""
    (run.folder / "b.json").mkdir()
    assert not run.fits(Wildcards(name="a"))
    assert not run.fits(Wildcards(name="b"))
    assert (run.forced, run.said) == (set(), [])


def test_a_reason_is_said_once_with_the_first_file(run):
    """A thousand points that changed alike are one line."""
    lay(run, "a")
    lay(run, "b")
    run.wanted["settings"] = "a2"
    assert not run.fits(Wildcards(name="a"))
    assert not run.fits(Wildcards(name="b"))
    assert run.forced == {"a.json", "b.json"}
    assert run.said == ["middlebench: made again: settings changed (a.json is the first)"]


def test_what_was_made_again_is_no_more_forced(run):
    """Else it would be made at each look of the same run."""
    lay(run)
    run.wanted["settings"] = "a2"
    run.fits(Wildcards(name="a"))
    lay(run, made_from=run.wanted)
    assert run.fits(Wildcards(name="a"))
    assert run.forced == set()


def test_a_file_that_somebody_else_forces_stays_forced(run):
    """`--forcerun` names files too."""
    lay(run)
    run.forced.add("a.json")
    assert run.fits(Wildcards(name="a"))
    assert run.forced == {"a.json"}


def test_a_broken_file_is_made_again_and_named(run):
    """It says which file, once, without the hint that it is the first of many."""
    (run.folder / "a.json").write_text("{}")
    assert not run.fits(Wildcards(name="a"))
    (line,) = run.said
    assert "a.json has no seal" in line
    assert "is the first" not in line


def test_a_file_is_read_once_while_nothing_changes(run, monkeypatch):
    """Snakemake asks again and again; a new file or another wish is looked at anew."""
    read = []
    true = remaking.misfit
    monkeypatch.setattr(remaking, "misfit", lambda *a: read.append(a[0].name) or true(*a))
    lay(run)
    for _ in range(5):
        run.fits(Wildcards(name="a"))
    assert len(read) == 1
    lay(run)
    os.utime("a.json", (1, 1))
    run.fits(Wildcards(name="a"))
    assert len(read) == 2
    run.fits = Fits(Remaking(lambda: run.forced, run.said.append), "{name}.json", lambda _: {})
    assert not run.fits(Wildcards(name="a"))


def test_figures_and_tables_that_are_there(run):
    """Records and plans are not among them: they say themselves what they were made from."""
    there = ["report.html", "figures/a.pdf", "results/packet_sizes.csv", "results/lab/points.csv"]
    there += ["results/lab/figures/a/words.rst", "results/lab/report/listings/a.html"]
    there += ["results/software/softgen/softgen", "results/software/softgen/manifest.json"]
    others = ["results/lab/points/a.json", "results/lab/figures/a/plan/2.json"]
    others += ["results/other/points.csv"]
    for name in (*there, *others):
        path = run.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = made_without_points(["lab"], ["results/software/softgen/softgen"])
    assert sorted(map(str, found)) == sorted(there)
