"""The report itself: made by Snakemake's own `--report`, called as a program of its own.

It runs while the Snakemake that called it holds the lock of the folder: a report only reads, so it
asks for none.  What is written is renamed when it is whole.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from middlebench.errors import ReportError
from middlebench.report.embedded import harmless


def build_report(
    target: Path, shown: Sequence[str], config: Mapping[str, Any], stylesheet: Path
) -> str:
    """Write the report on the files `shown` (made already) to `target`; what Snakemake said.

    `config` is the merged configuration.  ReportError with Snakemake's last lines when it fails.
    """
    with tempfile.TemporaryDirectory(prefix=".report.", dir=target.parent) as folder:
        unfinished, merged = Path(folder, "report.html"), Path(folder, "config.yaml")
        merged.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        command = [sys.executable, "-m", "snakemake", "--nocolor"]
        command += ["--configfile", str(merged), "--report", str(unfinished)]
        command += ["--report-stylesheet", str(stylesheet), "--", *shown]
        run = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"PYTHONUTF8": "1"},
            check=False,
        )
        if run.returncode or not unfinished.is_file():
            raise ReportError(f"snakemake --report fails: {_fault(run.stdout)}")
        whole = Path(folder, "whole.html")
        whole.write_text(harmless(unfinished.read_text(encoding="utf-8")), encoding="utf-8")
        whole.replace(target)
    return run.stdout


def _fault(said: str) -> str:
    """From the line that names an error to the end, or else the last lines."""
    lines = said.strip().splitlines() or ["it says nothing"]
    first = next((number for number, line in enumerate(lines) if "Error" in line), -5)
    return " ".join(lines[first:])
