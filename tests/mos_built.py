"""mOS itself, built by our rule's function where $MIDDLEBENCH_MOS names a repository of it.

A URL or a folder; the commit is the last one of its master unless $MIDDLEBENCH_MOS_COMMIT is set.
"""

import os
from pathlib import Path

import pytest

from middlebench.duts.mos.build import build_mos
from middlebench.software.builds import workshop
from middlebench.software.choice import DEFAULTS

LAST = "b2782743d46f8dd130ce81a10557a5132a5d31ae"
SOURCE = os.environ.get("MIDDLEBENCH_MOS")

MARKS = [
    pytest.mark.slow,
    pytest.mark.skipif(
        SOURCE is None, reason="no source of mOS: MIDDLEBENCH_MOS=<url or folder of its repository>"
    ),
]


def build_real(folder: Path) -> Path:
    """The prefix of the pcap variant, built with this machine's own gcc."""
    chosen = {"from": "git", "url": SOURCE, "variant": "pcap"}
    chosen["commit"] = os.environ.get("MIDDLEBENCH_MOS_COMMIT", LAST)
    prefix = folder / "software/mos/real"
    with workshop(prefix, folder / "build.log") as at:
        build_mos(chosen, DEFAULTS["mos"] | chosen, at)
    return prefix
