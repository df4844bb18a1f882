"""What is planned for a testbed of two servers, without either of them."""

import pytest
import yaml

from middlebench.config import load
from middlebench.grid import figure_rates, figure_settings
from middlebench.units import line_rate_mbit
from workspace import REPOSITORY, copy_workflow, job_counts, snakemake

TALLINN = REPOSITORY / "testbeds/tallinn.yaml"
FIGURES = {"fw_1500b", "fw_64b", "nat_1500b", "nat_64b"}
SERIES = 6  # one number of flows in both figures of the firewall, two in those of NAT


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """The workflow as it is shipped."""
    return copy_workflow(tmp_path_factory.mktemp("shipped") / "workflow")


@pytest.fixture
def plan(shipped, tmp_path):
    """`plan(changes)`: jobs of the shipped testbed with changes of its keys."""

    def count(defaults=None, **changes):
        overlay = yaml.safe_load(TALLINN.read_text(encoding="utf-8"))
        overlay["testbeds"]["tallinn"] |= changes
        overlay["defaults"] |= defaults or {}
        (tmp_path / "mine.yaml").write_text(yaml.safe_dump(overlay), encoding="utf-8")
        return job_counts(shipped, "--configfile", str(tmp_path / "mine.yaml"))

    return count


def test_the_thesiss_figures_are_there_and_no_rate_is_above_line_rate():
    """All four, on 10GbE."""
    config = load(REPOSITORY / "config.yaml", TALLINN)
    assert set(config["figures"]) == FIGURES
    for figure in FIGURES:
        settings = figure_settings(config, figure)
        assert settings["testbed"] == "tallinn"
        assert max(figure_rates(settings)) <= line_rate_mbit(10_000, settings["frame_size"])


def test_both_hosts_are_prepared_once_for_all_points(plan):
    """And each function is checked once; nothing is started anew."""
    counts = plan()
    assert counts["prepare_dut"] == counts["prepare_loadgen"] == 1
    assert counts["check_function"] == 2
    assert "reboot_dut" not in counts


def test_a_clean_slate_is_one_reboot_a_series(plan):
    """Not one a point."""
    assert plan(clean_slate="reboot")["reboot_dut"] == SERIES


def test_the_thesiss_dut_is_planned_as_the_other(plan):
    """The same points, on the kernel's datapath."""
    assert plan(defaults={"dut": "ovs-kernel"}) == plan()


def test_a_dut_of_the_sandbox_alone_is_refused(shipped, tmp_path):
    """One line says which there are; the kernel's switch is none of a sandbox's."""
    text = TALLINN.read_text(encoding="utf-8")
    overlay = yaml.safe_load(text)
    overlay["duts"]["token-bucket"] = {
        "capacity_pps": 1,
        "bucket_packets": 1,
        "queue_packets": 32,
        "delay_us": 0,
        "pause_share": 0,
        "seed": 1,
    }
    overlay["defaults"]["dut"] = "token-bucket"
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(overlay), encoding="utf-8")
    run = snakemake(shipped, "-n", "--configfile", str(tmp_path / "mine.yaml"))
    line = "defaults.dut: token-bucket is none of tallinn's; allowed there: ovs-dpdk, ovs-kernel"
    assert f"middlebench: {line}" in run.stderr
    overlay["defaults"] = {"dut": "ovs-kernel"}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(overlay), encoding="utf-8")
    run = snakemake(shipped, "-n", "--configfile", str(tmp_path / "mine.yaml"))
    line = "defaults.dut: ovs-kernel is none of sandbox's; allowed there: ovs-dpdk, token-bucket"
    assert f"middlebench: {line}" in run.stderr
