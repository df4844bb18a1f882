"""The whole way to a figure with DUT and generator on two hosts, real ports between them."""

import csv
import json

import pytest
import yaml
from far_hosts import far_hosts

from marked import wait_for
from middlebench.preparation.facts_hash import facts_hash
from workspace import (
    TINY_FIGURES,
    begun,
    bring_results,
    copy_workflow,
    edit_config,
    job_counts,
    make_quick,
    snakemake,
)

pytestmark = pytest.mark.slow  # a minute; single points between hosts are in tests/hosts

RATES = {"from": 10, "to": 20, "step": 10}
PREPARE = {"dry": True, "hugepages": 0, "driver": None, "governor": None, "packages": []}
CLEAN_WITHIN_S = 10


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    """Both hosts."""
    with far_hosts(tmp_path_factory.mktemp("far") / "hosts") as running:
        yield running


def on_testbed(testbed, **durations):
    """A change of config.yaml: on a testbed, a figure of two points and one of a point with TCP."""

    def change(config):
        config["testbeds"] = {"cables": testbed | {"prepare": PREPARE}}
        config["defaults"] |= {"testbed": "cables"}
        make_quick(config)
        config["defaults"]["durations"] |= durations
        udp = TINY_FIGURES["nat_64b"] | {"rates_mbit": RATES}
        tcp = {"protocol": "tcp", "rates_mbit": RATES | {"to": RATES["from"]}}
        config["figures"] = {"nat_64b": udp, "nat_tcp": udp | tcp}

    return change


def prepared(folder):
    """Some facts about the hosts, so that a test need not wait for their preparation."""
    (folder / "results/cables/hosts").mkdir(parents=True)
    for role in ("dut", "loadgen"):
        facts = json.dumps({"facts": {"role": role}})
        (folder / f"results/cables/hosts/{role}.json").write_text(facts, encoding="utf-8")


@pytest.fixture(scope="module")
def finished(hosts, built, tmp_path_factory):
    """A folder in which Snakemake made a figure and the table of the other."""
    folder = copy_workflow(tmp_path_factory.mktemp("run") / "run")
    edit_config(folder, on_testbed(hosts.testbed()))
    bring_results(built, folder, "software")
    targets = ("figures/nat_64b.pdf", "results/cables/figures/nat_tcp/points.csv")
    run = snakemake(folder, "--cores", "1", *targets)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


@pytest.mark.parametrize(
    ("figure", "protocol", "rates"),
    [("nat_64b", "udp", ["10", "20"]), ("nat_tcp", "tcp", ["10"])],
    ids=["udp", "tcp"],
)
def test_the_records_agree_with_the_switchs_counters(finished, figure, protocol, rates):
    """Every frame sent was counted in on the other host, and each flow tracked there."""
    table = finished / f"results/cables/figures/{figure}/points.csv"
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["rate_mbit"] for row in rows] == rates
    for row in rows:
        record = json.loads((finished / row["record"]).read_text(encoding="utf-8"))
        assert record["settings"]["protocol"] == protocol
        assert record["verdict"]["name"] in ("ok", "overloaded", "generator_limited")
        switch, totals = record["totals"]["switch"], record["totals"]
        assert switch["inside_rx"] + switch["inside_rx_drop"] <= totals["sent"]
        assert totals["received"] <= switch["outside_tx"] <= switch["inside_rx"]
        answers = totals.get("answers_sent", 0)
        assert switch["inside_tx"] <= switch["outside_rx"] <= answers
        assert (answers >= 10) is (protocol == "tcp")
        state = record["state"]
        assert state["found_after_warmup"] == state["found_after_window"] == 10
        assert state["learned_flows"] == state["expected_entries"] == 10


def test_the_figure_is_drawn(finished):
    """As PDF."""
    assert (finished / "figures/nat_64b.pdf").read_bytes().startswith(b"%PDF-")


def test_a_record_says_where_it_was_measured(finished):
    """Both hosts, how the DUT's state was read, what bounds the generator, how a point began."""
    path = next((finished / "results/cables/points").rglob("*.json"))
    record = json.loads(path.read_text(encoding="utf-8"))
    place = record["settings"]
    assert (place["host"], place["loadgen"]["host"]) == ("dut", "loadgen")
    assert place["loadgen"]["ports"][0] == {"vdev": "net_af_packet0,iface=l1"}
    host = record["host"]
    assert host["loadgen"]["cpu"] == host["cpu"]
    for role in ("dut", "loadgen"):
        facts = finished / f"results/cables/hosts/{role}.json"
        assert host[f"{role}_facts_sha256"] == facts_hash(facts)
    assert record["state"]["read"].startswith("on the DUT's host")
    assert record["software"]["dut"]["reset"] == "new switch"
    assert record["calibration"]["measured"] is False
    assert record["calibration"]["floor_ns"] is None


def test_nothing_is_left_on_either_host(hosts, finished):
    """No process, no folder, no file of DPDK's."""
    del finished
    wait_for(lambda: not hosts.processes(), CLEAN_WITHIN_S, "end of all processes")
    assert not hosts.left()
    assert not hosts.run("ls /run/dpdk /dev/hugepages 2> /dev/null || :").split()


def test_a_dry_run_needs_no_host_and_another_port_measures_again(finished):
    """Which ports are used is part of a point; how a host is reached is not."""
    assert job_counts(finished, "figures/nat_64b.pdf") == {}
    config = (finished / "config.yaml").read_text(encoding="utf-8")

    def another_way(config):
        config["testbeds"]["cables"]["host"]["connect_timeout_s"] = 20

    def another_port(config):
        config["testbeds"]["cables"]["ports"][1]["vdev"] = "net_af_packet1,iface=d3"

    try:
        edit_config(finished, another_way)
        assert job_counts(finished, "figures/nat_64b.pdf") == {}
        edit_config(finished, another_port)
        counts = job_counts(finished, "figures/nat_64b.pdf")
        assert (counts["check_function"], counts["measure_point"]) == (1, 2)
    finally:
        (finished / "config.yaml").write_text(config, encoding="utf-8")


def test_a_port_that_is_not_there_is_one_line(hosts, finished, tmp_path):
    """The line names the port and the device."""
    testbed = yaml.safe_load(yaml.safe_dump(hosts.testbed()))
    testbed["ports"][1]["vdev"] = "net_af_packet1,iface=d3"
    folder = copy_workflow(tmp_path / "run")
    prepared(folder)
    edit_config(folder, on_testbed(testbed))
    bring_results(finished, folder, "software")
    run = snakemake(folder, "--cores", "1", "results/cables/checks/ovs-dpdk/nat.json")
    lines = [line for line in run.stderr.splitlines() if line.startswith("middlebench: Open ")]
    assert run.returncode != 0
    assert 'Open vSwitch does not start: outside: "Error attaching device' in lines[0]
    assert "SIOCGIFINDEX" in lines[0]
    assert "Traceback" not in run.stderr


def test_nothing_is_left_when_the_client_was_killed(hosts, finished, tmp_path):
    """Snakemake gets SIGKILL while the generator sends: nothing of the run goes on."""
    folder = copy_workflow(tmp_path / "run")
    prepared(folder)
    edit_config(folder, on_testbed(hosts.testbed(), window_ms=20_000))
    bring_results(finished, folder, "software")
    started = begun(folder, "results/cables/points.csv")

    def learned():
        """The DUT noted its state: the generator is at work from now on."""
        return hosts.run("cat /run/dut/middlebench-*/learned 2> /dev/null || :").strip() == "10"

    try:
        wait_for(learned, 60, "first point")
        running = " ".join(hosts.processes())
        assert "softgen" in running
        assert "ovs-vswitchd" in running
    finally:
        started.kill()
        started.wait(60)
    wait_for(lambda: not hosts.processes(), CLEAN_WITHIN_S, "end of all processes")
    wait_for(lambda: not hosts.left(), CLEAN_WITHIN_S, "end of all folders")
