"""What is planned for a testbed of two servers, without either of them."""

import pytest
import yaml

from middlebench.experiment.config import load
from middlebench.experiment.grid import figure_settings
from middlebench.experiment.ladder import drawn_figures
from middlebench.experiment.rates import kind_of
from middlebench.units import line_rate_mbit
from workspace import REPOSITORY, copy_workflow, edit_config, job_counts, snakemake

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
        overlay["cost"] = overlay["throughput"] = None
        overlay["defaults"] |= defaults or {}
        (tmp_path / "mine.yaml").write_text(yaml.safe_dump(overlay), encoding="utf-8")
        return job_counts(shipped, "--configfile", str(tmp_path / "mine.yaml"))

    return count


def test_the_thesiss_figures_are_there_and_no_rate_is_above_line_rate():
    """All four, on 10GbE."""
    config = load(REPOSITORY / "config.yaml", TALLINN)
    assert set(drawn_figures(config)) == FIGURES
    for figure in config["figures"]:
        settings = figure_settings(config, figure)
        assert settings["testbed"] == "tallinn"
        assert max(kind_of(settings["rates_mbit"]).coarse) <= line_rate_mbit(
            10_000, settings["frame_size"]
        )


def test_both_hosts_are_prepared_once_for_all_points(plan):
    """And each function is checked once; nothing is started anew."""
    counts = plan()
    assert counts["prepare_dut"] == counts["prepare_loadgen"] == 1
    assert counts["check_function"] == 3  # the thesis's NAT is checked, and not measured
    assert "reboot_dut" not in counts


def test_a_clean_slate_is_one_reboot_a_series(plan):
    """Not one a point."""
    assert plan(clean_slate="reboot")["reboot_dut"] == SERIES


WRITER = '''"""Write the outputs of a job, and down that it ran."""

from pathlib import Path

from middlebench.files.seal import sealed

for path in snakemake.output:
    Path(path).write_text(sealed({"more": [], "sweep": []}))
cell = dict(snakemake.wildcards)
if snakemake.rule in ("reboot_dut", "measure_point"):
    with open("ran", "a") as file:
        print(snakemake.rule, cell["frame_size"], cell["flows"], file=file)
'''


@pytest.mark.slow
def test_series_are_kept_apart_by_their_reboots(tmp_path):
    """One reboot, then all points of its series; only then the next reboot."""
    folder = copy_workflow(tmp_path / "workflow")
    for script in (folder / "workflow/scripts").glob("*.py"):
        script.write_text(WRITER, encoding="utf-8")
    overlay = yaml.safe_load(TALLINN.read_text(encoding="utf-8"))
    overlay["testbeds"]["tallinn"]["clean_slate"] = "reboot"
    overlay["defaults"]["repetitions"] = {"min": 2}

    def two_rates(config):
        rates = {"from": 100, "to": 200, "step": 100}
        nat = config["figures"]["nat_64b"] | {"rates_mbit": rates, "flows": [10, 20, 30]}
        config["figures"] = {"nat_64b": nat}

    edit_config(folder, two_rates)
    text = yaml.safe_dump({**overlay, "figures": {}})
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    run = snakemake(folder, "--cores", "1", "figures/nat_64b.pdf", "--configfile", "mine.yaml")
    assert run.returncode == 0, run.stdout + run.stderr
    ran = (folder / "ran").read_text(encoding="utf-8").splitlines()
    blocks = [ran[start : start + 5] for start in range(0, 15, 5)]
    assert len(ran) == 15
    assert len({block[0] for block in blocks}) == 3
    for block in blocks:
        where = block[0].removeprefix("reboot_dut")
        assert block == [f"reboot_dut{where}", *[f"measure_point{where}"] * 4]


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
    line = "defaults.dut: ovs-kernel is none of sandbox's; allowed there: ovs-dpdk, mos, linux, "
    assert f"middlebench: {line}" in run.stderr
