"""What is planned for mOS on a testbed of two servers, without either of them."""

import pytest
import yaml

from workspace import REPOSITORY, copy_workflow, job_counts, snakemake

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
