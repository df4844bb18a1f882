"""What is planned for mOS on a testbed of two servers, without either of them."""

import pytest
import yaml

from workspace import REPOSITORY, copy_workflow, counted, job_counts, snakemake

MOS = {
    "defaults": {"testbed": "tallinn", "dut": "mos", "protocol": "tcp"},
    "cost": None,  # its ladder has rungs that mOS has not
    "throughput": None,
    "software": {"mos": {"from": "git", "url": "https://example.org/mos.git", "commit": "0" * 40}},
    "duts": {
        "mos": {
            "snat_address": "200.200.200.200",
            "cores": 6,
            "memory_channels": 2,
            "max_concurrency": 100000,
        }
    },
}


@pytest.fixture(scope="module")
def overlaid(tmp_path_factory):
    """The shipped workflow, and the arguments that measure mOS on the shipped testbed."""
    folder = copy_workflow(tmp_path_factory.mktemp("shipped") / "workflow")
    (folder / "mos.yaml").write_text(yaml.safe_dump(MOS), encoding="utf-8")
    return folder, ("--configfile", str(REPOSITORY / "testbeds/tallinn.yaml"), "mos.yaml")


def test_mos_is_built_once_and_checked_with_tcp(overlaid):
    """No Open vSwitch is built, and no packet rate of the thesis's stands beside TCP."""
    folder, arguments = overlaid
    counts = job_counts(folder, *arguments)
    assert counts["build_mos"] == counts["prepare_dut"] == 1
    assert counts["check_function"] == 2
    assert {"build_ovs", "build_dpdk"}.isdisjoint(counts)
    run = snakemake(folder, "-n", *arguments)
    assert "results/tallinn/checks/mos/nat_tcp.json" in run.stdout + run.stderr


def test_the_report_lists_what_mos_is_given(overlaid):
    """mos.conf with the testbed's ports in it, and the firewall's rules."""
    folder, arguments = overlaid
    run = snakemake(folder, "-n", "report.html", *arguments)
    said = run.stdout + run.stderr
    assert run.returncode == 0, said
    assert "results/tallinn/report/listings/mos-mos.conf.html" in said
    assert "results/tallinn/report/listings/mos-simple_firewall.conf.html" in said


def test_udp_through_its_nat_is_refused_in_one_line(overlaid):
    """Before anything is planned."""
    folder, arguments = overlaid
    run = snakemake(folder, "-n", *arguments, "--config", "defaults={protocol: udp}")
    assert run.returncode != 0
    lines = [line for line in run.stderr.splitlines() if line.startswith("middlebench:")]
    assert lines == [
        "middlebench: defaults.protocol: udp; allowed: tcp for firewall of mos (figures.fw_1500b), "
        "as mos hands only TCP to its applications and forwards UDP untouched"
    ]
    assert "Traceback" not in run.stderr


IN_SANDBOX = {
    "only": ["nat_of_mos", "fw_64b", "side_by_side"],
    "software": {"mos": MOS["software"]["mos"] | {"variant": "pcap"}},
    "duts": MOS["duts"],
    "defaults": {"protocol": "tcp"},
    "figures": {
        "nat_of_mos": {
            "dut": "mos",
            "function": "nat",
            "frame_size": 64,
            "flows": [100],
            "rates_mbit": [10, 20],
        }
    },
    "side_by_side": ["nat_of_mos", "fw_64b"],
}


def in_sandbox(overlaid, **changes):
    """What is said to a dry run of all, with an overlay that measures mOS in the sandbox."""
    folder, _ = overlaid
    (folder / "here.yaml").write_text(yaml.safe_dump(IN_SANDBOX | changes), encoding="utf-8")
    run = snakemake(folder, "-n", "--configfile", "here.yaml")
    assert run.returncode == 0, run.stderr
    return run


def test_in_the_sandbox_its_library_is_built_and_tap_ports_are_calibrated(overlaid):
    """And both DUTs are drawn side by side."""
    run = in_sandbox(overlaid)
    counts = counted(run)
    assert counts["build_mos"] == counts["plot_side_by_side"] == 1
    assert counts["build_program"] == counts["calibrate"] == counts["check_function"] == 2
    said = run.stdout + run.stderr
    assert "results/software/pcap_polled/pcap_polled" in said
    assert "results/sandbox/calibration/tap/64b_100flows_tcp.json" in said


def test_without_a_source_one_line_says_how_and_the_rest_runs(overlaid):
    """No job is mOS's."""
    run = in_sandbox(overlaid, software={})
    lines = [line for line in run.stderr.splitlines() if "left out" in line]
    assert lines == [
        "middlebench: figures left out: nat_of_mos, as software.mos is null; allowed: from: git "
        "with url and commit, or from: tarball with version, sha256 and url or path"
    ]
    counts = counted(run)
    assert "build_mos" not in counts
    assert counts["plot_series"] == counts["plot_side_by_side"] == counts["check_function"] == 1
