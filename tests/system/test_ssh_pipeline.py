"""The whole way to a figure with DUT and generator on the far side of a real SSH connection."""

import csv
import json

import pytest

from sshd import running_sshd
from workspace import bring_results, copy_workflow, edit_config, job_counts, make_quick, snakemake

pytestmark = pytest.mark.slow  # most of a minute; tests/hosts is in make test


def over_ssh(host):
    """A change of config.yaml: one figure of two points on a testbed behind `host`."""

    def change(config):
        config["testbeds"]["loopback"] = config["testbeds"]["sandbox"] | {"host": host}
        config["defaults"] |= {"testbed": "loopback"}
        make_quick(config)

    return change


@pytest.fixture(scope="module")
def finished(built, tmp_path_factory):
    """A folder in which Snakemake made a figure over SSH; the sshd is gone by then."""
    place = tmp_path_factory.mktemp("ssh")
    folder = copy_workflow(place / "run")
    bring_results(built, folder, "software")
    with running_sshd(place / "sshd") as sshd:
        edit_config(folder, over_ssh(sshd.settings))
        run = snakemake(folder, "--cores", "1", "figures/nat_64b.pdf")
        assert run.returncode == 0, run.stdout + run.stderr
        assert not sshd.sessions()
    return folder


def test_the_figure_and_its_records_are_here(finished):
    """Results are on this side, and say where they were measured."""
    assert (finished / "figures/nat_64b.pdf").read_bytes().startswith(b"%PDF-")
    table = finished / "results/loopback/figures/nat_64b/points.csv"
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["rate_mbit"] for row in rows] == ["20", "40"]
    for row in rows:
        record = json.loads((finished / row["record"]).read_text(encoding="utf-8"))
        assert record["settings"]["host"] == "far"
        totals = record["totals"]
        assert totals["switch"]["inside_rx"] == totals["sent"]
        assert totals["switch"]["outside_tx"] == totals["received"]
        assert row["verdict"] in ("ok", "disturbed")


def test_a_dry_run_needs_no_host(finished):
    """The sshd is gone: what would run is known all the same, also after a change."""
    assert job_counts(finished, "figures/nat_64b.pdf") == {}
    edit_config(finished, lambda config: config["verdict"].update(min_clean_ratio=0.4))
    assert job_counts(finished, "figures/nat_64b.pdf")["measure_point"] == 2


def test_another_way_to_the_same_host_measures_nothing_again(finished):
    """How it is reached (time limits, files of keys) is no part of what was measured."""
    before = job_counts(finished, "figures/nat_64b.pdf")

    def change(config):
        config["testbeds"]["loopback"]["host"]["connect_timeout_s"] = 20

    edit_config(finished, change)
    assert job_counts(finished, "figures/nat_64b.pdf") == before


def test_a_host_that_is_not_there_is_one_line(finished):
    """Refused at once; the line names the host, and nothing is lost."""
    run = snakemake(finished, "--cores", "1", "figures/nat_64b.pdf")
    assert run.returncode != 0
    lines = [line for line in run.stderr.splitlines() if line.startswith("middlebench: far: ")]
    assert lines
    assert "refuses connections or cannot be reached" in lines[0]
    assert "Traceback" not in run.stderr
