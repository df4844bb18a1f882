"""What Snakemake is given by `--configfile` and `--config`: one line for what is none."""

import os
from pathlib import Path

import pytest

from workspace import copy_workflow, edit_config, make_tiny, snakemake

LAUGHS = "a: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"b{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
LIMIT_S = 30
"""Starting Snakemake takes 2 s; what these files meant to its own readers, minutes or for ever."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    """The workflow with three points."""
    folder = copy_workflow(tmp_path_factory.mktemp("given") / "workflow")
    edit_config(folder, make_tiny)
    return folder


def said(folder: Path, *arguments: str) -> str:
    """The one line that a dry run ends with."""
    run = snakemake(folder, "-n", *arguments, timeout_s=LIMIT_S)
    lines = [line for line in run.stderr.splitlines() if not line.startswith("Using workflow")]
    assert run.returncode == 1
    assert len(lines) == 1, run.stderr
    assert lines[0].startswith("middlebench: ")
    assert "; allowed: " in lines[0]
    assert "Traceback" not in run.stdout
    return lines[0].removeprefix("middlebench: ")


def written(text: str):
    """Makes a file with this text."""
    return lambda path: path.write_text(text, encoding="utf-8")


def long(path: Path) -> None:
    """Makes a file of 100 MB without writing it."""
    with path.open("wb") as file:
        file.truncate(100 << 20)


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("make", "line"),
    [
        (written("style: {dpi: 100, dpi: 200}\n"), "mine.yaml, line 1, column 19: the key dpi st"),
        (written(LAUGHS), "mine.yaml, line 5, column 20: too much; allowed: at most 20000 values"),
        (written("style: {dpi: 1" + "0" * 4999 + "}"), "mine.yaml, line 1, column 14: a number of"),
        (long, "mine.yaml: is too long; allowed: at most 1048576 bytes"),
        (os.mkfifo, "mine.yaml: is no regular file; allowed: a file in YAML"),
    ],
    ids=lambda case: "" if callable(case) else case[11:50],
)
def test_an_overlay_that_is_no_configuration_ends_with_one_line(tiny, make, line):
    """Snakemake's own reader drops a key, ends in a traceback, or does not end."""
    path = tiny / "mine.yaml"
    make(path)
    try:
        assert said(tiny, "--configfile", "mine.yaml").startswith(line)
    finally:
        path.unlink()


@pytest.mark.tried("words")
def test_a_key_twice_on_the_command_line_ends_with_one_line(tiny):
    """Also where the profile is not used, which has Snakemake's readers replaced."""
    line = "--config style, line 1, column 12: the key dpi stands here twice; allowed: once"
    entry = "style={dpi: 100, dpi: 200}"
    assert said(tiny, "--config", entry) == line
    assert said(tiny, "--workflow-profile", "none", "--config", entry) == line


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            "--configfile mine.yaml figures/nat_64b.pdf",
            "--configfile: takes figures/nat_64b.pdf for a file; allowed: targets before it, as in "
            "snakemake figures/nat_64b.pdf -n --configfile mine.yaml",
        ),
        (
            "--configfile mine.yaml other.yaml prepare report.html --cores 1",
            "--configfile: takes prepare for a file; allowed: targets before it, as in "
            "snakemake prepare report.html -n --cores 1 --configfile mine.yaml other.yaml",
        ),
        (
            "--config seed=1 figures/nat_64b.pdf",
            "--config: takes figures/nat_64b.pdf for a value; allowed: targets before it, as in "
            "snakemake figures/nat_64b.pdf -n --config seed=1",
        ),
        (
            "-C a=https://me:secret@host/ nat",
            "-C: takes nat for a value; allowed: targets before it, as in "
            "snakemake nat -n -C a=https://host/",
        ),
    ],
)
def test_a_target_behind_an_option_that_takes_it_is_told_what_to_type(tiny, words, line):
    """Also when the target is there, as after a first run."""
    target = tiny / "figures/nat_64b.pdf"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(b"%PDF")
    try:
        assert said(tiny, *words.split()) == line
    finally:
        target.unlink()


@pytest.mark.tried("words")
def test_a_figure_that_is_none_is_told_which_there_are(tiny):
    """The whole workflow asks: also for a function's name, where a figure's should stand."""
    line = said(tiny, "figures/nat.pdf")
    assert line.startswith("figures/nat.pdf: no figure of this configuration (did you mean figures")
    assert line.endswith("; one of an overlay needs --configfile behind it")


def test_what_stands_where_it_should_is_taken_as_it_stands(tiny):
    """Targets in front, or behind `--`; files of any usual name."""
    (tiny / "mine.yaml").write_text("style: {dpi: 200}\n", encoding="utf-8")
    (tiny / "plain").write_text("style: {dpi: 100}\n", encoding="utf-8")
    try:
        for words in (
            "results/sandbox/points.csv --configfile mine.yaml plain",
            "--configfile mine.yaml -- results/sandbox/points.csv",
            "--config cost=null -- results/sandbox/points.csv",
        ):
            run = snakemake(tiny, "-n", *words.split(), timeout_s=LIMIT_S)
            assert run.returncode == 0, run.stderr
    finally:
        for name in ("mine.yaml", "plain"):
            (tiny / name).unlink()


@pytest.mark.tried("words")
def test_code_in_an_overlay_is_not_run(tiny):
    """Snakemake would: such a file has a key __use_yte__."""
    text = '__use_yte__: true\nstyle: {dpi: \'?open("run", "w") and 100\'}\n'
    (tiny / "code.yaml").write_text(text, encoding="utf-8")
    assert said(tiny, "--configfile", "code.yaml").startswith("__use_yte__: unknown key")
    assert not (tiny / "run").exists()
