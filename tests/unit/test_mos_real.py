"""mOS itself, built by our rule's function: where $MIDDLEBENCH_MOS names a repository of it.

A URL or a folder; the commit is the last one of its master unless $MIDDLEBENCH_MOS_COMMIT is set.
"""

import json
import os
import subprocess

import pytest

from middlebench.duts.mos.build import SAMPLES, build_mos
from middlebench.software.builds import workshop
from middlebench.software.choice import DEFAULTS

LAST = "b2782743d46f8dd130ce81a10557a5132a5d31ae"
SOURCE = os.environ.get("MIDDLEBENCH_MOS")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        SOURCE is None, reason="no source of mOS: MIDDLEBENCH_MOS=<url or folder of its repository>"
    ),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Prefix and manifest of the pcap variant, with this machine's own gcc."""
    folder = tmp_path_factory.mktemp("mos")
    chosen = {"from": "git", "url": SOURCE, "variant": "pcap"}
    chosen["commit"] = os.environ.get("MIDDLEBENCH_MOS_COMMIT", LAST)
    prefix = folder / "software/mos/real"
    with workshop(prefix, folder / "build.log") as at:
        build_mos(chosen, DEFAULTS["mos"] | chosen, at)
    return prefix, json.loads((prefix / "manifest.json").read_text(encoding="utf-8"))


def test_all_samples_are_built_by_a_compiler_of_today(built):
    """gcc 12: -fcommon for what is defined twice, and applib.c:127 warns in each sample."""
    prefix, manifest = built
    assert set(manifest["sha256"]) == {f"bin/{sample}" for sample in SAMPLES}
    assert set(manifest["warnings_allowed"]) <= {*SAMPLES, "core/lib/libmtcp.a"}
    assert all(os.access(prefix / name, os.X_OK) for name in manifest["sha256"])


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_runs(built, sample):
    """It is whole: all its libraries are there, and it says what it is called with."""
    prefix, _ = built
    found = subprocess.run(["ldd", prefix / "bin" / sample], capture_output=True, text=True)
    assert "not found" not in found.stdout
    assert "libpcap" in found.stdout
