"""DUT and generator on the far side of a real SSH connection."""

import hashlib
import json
import os
from pathlib import Path

import pytest
from test_point import LOW_MBIT, check_invariants, identity

from middlebench.duts.ovs import switch as open_vswitch
from middlebench.measuring import point as measure
from middlebench.measuring.functional_check import check_function


def test_a_point_on_the_far_side_agrees_with_the_switchs_counters(
    far, sshd, parts, settings, calibration
):
    """DUT and generator run there, from copies; the record has the invariants of any point."""
    cell = identity("nat", 300, LOW_MBIT)
    point = measure.measure_point(cell, settings, parts("nat"), calibration, far)
    check_invariants(point)
    assert point["state"]["expected_entries"] == 300
    assert point["host"]["cpus"] == len(os.sched_getaffinity(0))
    copies = [path.name for path in Path(sshd.settings["folder"]).iterdir()]
    assert [name for name in copies if name.startswith("softgen-")]
    assert not [name for name in copies if name.endswith(".part")]


@pytest.mark.slow
def test_a_switch_of_ones_own_goes_along(far, parts, settings, tmp_path):
    """Its installation is copied as softgen is, and says there what it is by its manifest."""
    prefix = tmp_path / "3.1.0-abc"
    for folder in ("bin", "sbin", "share/openvswitch"):
        (prefix / folder).mkdir(parents=True)
    daemon = prefix / "sbin/ovs-vswitchd"
    daemon.write_text(f'#!/bin/sh\nexec {open_vswitch.DAEMON} "$@"\n', encoding="ascii")
    daemon.chmod(0o755)
    (prefix / "share/openvswitch/vswitch.ovsschema").symlink_to(open_vswitch.SCHEMA)
    manifest = json.dumps({"source": "a test's"})
    (prefix / "manifest.json").write_text(manifest, encoding="ascii")
    chosen = settings | {"dut": settings["dut"] | {"prefix": str(prefix)}}
    chosen |= {"expected_failures": []}
    found = check_function(parts("nat"), chosen, far)
    assert found["passed"]
    assert found["software"]["source"] == "a test's"
    assert found["software"]["manifest_sha256"] == hashlib.sha256(manifest.encode()).hexdigest()
