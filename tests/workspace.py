"""A copy of the workflow in a folder of its own, and Snakemake runs in it."""

import copy
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).parents[1]
PARTS = ("Snakefile", "config.yaml", "envs", "profiles", "workflow")

TINY_FIGURES = {
    "nat_64b": {
        "function": "nat",
        "frame_size": 64,
        "flows": [10],
        "rates_mbit": {"from": 100, "to": 200, "step": 100},
    },
    "fw_64b": {
        "function": "firewall",
        "frame_size": 64,
        "flows": [10],
        "rates_mbit": {"from": 100, "to": 100, "step": 100},
    },
}
"""Three points in two figures: enough to tell one function, figure and rate from another."""


LOW_RATES = {"from": 20, "to": 40, "step": 20}
"""Two points far below any knee."""

ONCE = {"min": 1, "max": 1, "retries": 0}
"""Repetitions: every point is measured once, whatever comes of it."""


def calibrate_briefly(config: dict) -> None:
    """No calibration waits for an idle sibling: a neighbour may be busy for longer than a test."""
    config["calibration"]["idle_trials"] = 1


def make_tiny(config: dict) -> None:
    """Leave only TINY_FIGURES, each point once, no ladder, no comparison, for `edit_config`."""
    config["figures"] = copy.deepcopy(TINY_FIGURES)
    config["cost"] = config["cost_linux"] = config["throughput"] = config["compare"] = None
    config["defaults"]["repetitions"] |= ONCE
    calibrate_briefly(config)


def make_quick(config: dict) -> None:
    """As make_tiny, with shorter measurements of a low load: a change for `edit_config`.

    On a disturbed machine they take as long as the shipped ones.
    """
    make_tiny(config)
    short = {"rates_mbit": LOW_RATES, "durations": {"window_ms": 100, "max_windows": 18}}
    config["figures"] = {"nat_64b": TINY_FIGURES["nat_64b"] | short}


def bring_results(finished: Path, folder: Path, *paths: str) -> None:
    """Copy files and folders of results/ from a finished workflow: what fits is not made again."""
    for path in paths:
        shutil.copytree(finished / "results" / path, folder / "results" / path, symlinks=True)


def build(program: str, folder: Path, *words: str) -> Path:
    """One of our C programs, such as `loadgens/softgen`, built into `folder` by its Makefile.

    The folder is made when it is not there; `words` are the Makefile's.
    """
    source = REPOSITORY / "workflow" / program
    folder.mkdir(exist_ok=True)
    subprocess.run(["make", "-s", "-C", source, f"OUT={folder}", *words], check=True)
    return folder / source.name


def copy_workflow(folder: Path) -> Path:
    """Copy what a run needs into `folder` (made), without results; dates of files are kept."""
    ignored = shutil.ignore_patterns("__pycache__")
    folder.mkdir()
    for part in PARTS:
        source = REPOSITORY / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=ignored)
        else:
            shutil.copy2(source, folder / part)
    return folder


def edit_config(folder: Path, change) -> None:
    """Load config.yaml of the copy, let `change` alter it, write it back."""
    path = folder / "config.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(config)
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")


RUN = subprocess.run
"""How Snakemake is run; tests of the workflow put `forking` here."""


def environment(folder: Path) -> dict[str, str]:
    """That of a run: a cache of its own, and not the user's profile."""
    own = {"XDG_CACHE_HOME": str(folder / ".cache"), "PYTHONUTF8": "1"}
    return {key: value for key, value in os.environ.items() if key != "SNAKEMAKE_PROFILE"} | own


def snakemake(folder: Path, *arguments: str, timeout_s: float = 300) -> subprocess.CompletedProcess:
    """Run Snakemake in `folder` to its end."""
    return RUN(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def begun(folder: Path, target: str, stderr: int = subprocess.DEVNULL) -> subprocess.Popen:
    """Snakemake on its way to a target, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "1", target],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.DEVNULL,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )


def job_counts(folder: Path, *arguments: str) -> dict[str, int]:
    """How many jobs of each rule `snakemake -n` would run; target rules are left out."""
    return counted(snakemake(folder, "-n", *arguments))


def counted(run: subprocess.CompletedProcess) -> dict[str, int]:
    """The same of a dry run that was made."""
    assert run.returncode == 0, run.stderr
    text = run.stdout + run.stderr
    stats = re.search(r"Job stats:\njob +count\n[- ]+\n(.*?)\ntotal +\d+\n", text, re.DOTALL)
    if stats is None:
        assert "Nothing to be done" in text, text
        return {}
    counts = {line.split()[0]: int(line.split()[1]) for line in stats.group(1).splitlines()}
    return {rule: count for rule, count in counts.items() if rule not in ("all", "figures")}
