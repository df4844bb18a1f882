"""Scripts of rules, run as Snakemake runs them."""

import runpy
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

from workspace import REPOSITORY


class Params(dict):
    """Snakemake's params: values by attribute, and `get`."""

    __getattr__ = dict.__getitem__


def run_script(name, **snakemake):
    """Run a workflow script as Snakemake does, with the global `snakemake`."""
    path = REPOSITORY / "workflow/scripts" / f"{name}.py"
    with TemporaryDirectory() as folder:  # a script deletes a log that says nothing
        job = SimpleNamespace(**{"log": [str(Path(folder) / "log")]} | snakemake)
        runpy.run_path(str(path), init_globals={"snakemake": job})
