"""mOS itself: what our rule's function builds, where its source is configured (`mos_built`)."""

import json
import os
import subprocess

import pytest

from middlebench.duts.mos.build import SAMPLES
from mos_built import MARKS, build_real

pytestmark = MARKS


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Prefix and manifest of the pcap variant."""
    prefix = build_real(tmp_path_factory.mktemp("mos"))
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
