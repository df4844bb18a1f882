"""The DUT mos on stand-ins for its programs: commands, mos.conf, readiness, state, its end."""

import json
import os
from pathlib import Path
from string import Template

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configurations import MOS
from middlebench.duts.interface import Counted
from middlebench.duts.mos import dut as mos
from middlebench.duts.mos import state
from middlebench.duts.mos.dut import Mos
from middlebench.errors import DutError
from middlebench.records.verdict import decide
from mos_standin import FULL, MEMORY, RUNNING, SILENT, Folder
from records import make_record
from workspace import REPOSITORY

TEMPLATE = REPOSITORY / "workflow/middleboxes/mos/mos.conf"
PORTS = [{"pci": "0000:03:00.0", "interface": "eth2"}, {"pci": "0000:03:00.1", "interface": "eth3"}]
CPU = max(os.sched_getaffinity(0))
WHERE = RUNNING.replace(
    "while :",
    'echo "$LD_PRELOAD" > loaded\ngrep Cpus_allowed_list: /proc/self/status > cpus\nwhile :',
)
COMMIT = "0be44444b000f663b3f945e25218e015f2863a9f"


@pytest.fixture
def place(tmp_path):
    """An empty folder."""
    (tmp_path / "run").mkdir()
    made = Folder(tmp_path / "run")
    yield made
    made.end()


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """mOS's igb_uio with both ports, as a host shows it."""
    folder = tmp_path / "drivers"
    for port in PORTS:
        (folder / "igb_uio" / port["pci"]).mkdir(parents=True)
    (tmp_path / "dpdk-iface").touch()
    monkeypatch.setattr(mos, "DRIVERS", folder)
    monkeypatch.setattr(mos, "DEVICE", tmp_path / "dpdk-iface")
    return folder


@pytest.fixture
def make(tmp_path, place):
    """`make(function, program)`: a DUT whose three samples are this shell script."""

    def build(function, program=RUNNING, variant="dpdk", **settings):
        prefix = tmp_path / "prefix"
        (prefix / "bin").mkdir(parents=True, exist_ok=True)
        for sample in mos.SAMPLES.values():
            (prefix / "bin" / sample).write_text(program, encoding="utf-8")
            (prefix / "bin" / sample).chmod(0o755)
        manifest = {"settings": {"variant": variant, "commit": COMMIT}, "source": f"url {COMMIT}"}
        (prefix / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        settings = MOS | {"prefix": str(prefix)} | settings
        return Mos(place, settings, function, TEMPLATE, CPU, ports=PORTS)

    return build


def written(place, name):
    """A file of the run."""
    return (Path(place.folder) / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("function", "sample", "arguments"),
    [
        ("forward", "midstat", "-f mos.conf -c 6"),
        ("firewall", "simple_firewall", "-c mos.conf -f simple_firewall.conf -n 6"),
        ("nat", "nat", "-f mos.conf -c 6 -i 200.200.200.200"),
    ],
)
def test_a_function_is_a_sample_with_its_own_flags(
    make, place, driver, function, sample, arguments
):
    """The same said with different letters; it is alive at the end, and gone afterwards."""
    with make(function) as dut:
        assert written(place, "arguments").strip() == arguments
        place.run(dut.learned_command)
        place.run(dut.counting_command)
        assert dut.counted() == Counted(0, 0, {})
        facts = dut.facts()
    assert facts["sample"] == sample
    assert facts["version"] == COMMIT[:12]
    assert facts["at_end"] == "process alive, statistics alive"
    assert all(isinstance(value, str) for value in facts.values())
    assert not place.left()


def items(conf):
    """mos.conf as its parser takes it: blocks of lines, comments left out."""
    lines = [line.split("#")[0].strip() for line in conf.splitlines()]
    return [line for line in lines if line]


@given(
    cores=st.integers(1, 64), channels=st.integers(1, 32), concurrency=st.integers(1, 10_000_000)
)
def test_mos_conf_has_one_item_a_line(tmp_path_factory, cores, channels, concurrency):
    """Ports with a mask of exactly the cores, and a forward table, without which mOS aborts."""
    prefix = tmp_path_factory.mktemp("prefix")
    manifest = {"settings": {"variant": "dpdk", "commit": COMMIT}, "source": ""}
    (prefix / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    chosen = {"cores": cores, "memory_channels": channels, "max_concurrency": concurrency}
    settings = MOS | chosen | {"prefix": str(prefix)}
    found = items(Mos(None, settings, "nat", TEMPLATE, 0, ports=PORTS).conf())
    assert "$" not in "".join(found)
    netdev = found[found.index("netdev {") + 1 :][:3]
    assert [line.split()[0] for line in netdev] == ["dpdk0", "dpdk1", "}"]
    assert {int(line.split()[1], 16) for line in netdev[:2]} == {2**cores - 1}
    assert found[found.index("nic_forward_table {") + 1] == "dpdk0 dpdk1"
    assert {"forward = 1", f"nb_mem_channels = {channels}"} <= set(found)
    assert f"max_concurrency = {concurrency}" in found
    assert found.count("}") == sum(line.endswith("{") for line in found)


def test_the_pcap_variant_takes_the_kernels_interfaces(make, place, tmp_path):
    """One core, the one that it is given, no memory channels, no driver; our library before it."""
    library = tmp_path / "a folder: of/pcap_polled"
    library.parent.mkdir()
    library.write_bytes(b"its content")
    with make("nat", WHERE, variant="pcap", loaded_first=str(library)):
        copy = Path(written(place, "loaded").strip())
        assert copy.parent == Path(place.folder)
        assert copy.read_bytes() == b"its content"
        assert written(place, "cpus").split()[1] == str(CPU)
        conf = items(written(place, "mos.conf"))
        assert "eth2 0x0001" in conf
        assert conf[conf.index("nic_forward_table {") + 1] == "eth2 eth3"
        assert "nb_mem_channels" not in " ".join(conf)
        assert written(place, "arguments").startswith("-f mos.conf -c 1 ")


def test_the_rules_of_the_firewall_mean_what_they_say():
    """As simple_firewall reads masks: on the bytes as they lie, lowest bit first."""
    text = TEMPLATE.with_name("simple_firewall.conf").read_text(encoding="utf-8")
    rules = [line.split() for line in text.splitlines() if line and line[0] != "#"]

    def number(address):
        return int.from_bytes(bytes(map(int, address.split("."))), "little")

    def matches(address, network):
        base, length = network.split("/")
        mask = 2 ** int(length) - 1
        return length == "0" or number(address) & mask == number(base) & mask

    def action(client, server):
        found = (r[0] for r in rules if matches(client, r[1]) and matches(server, r[2]))
        return next(found, "ACCEPT")

    assert action("10.255.1.2", "198.18.0.1") == action("10.0.0.1", "198.19.255.9") == "ACCEPT"
    assert action("10.0.0.1", "198.146.0.1") == action("10.0.0.1", "198.17.0.1") == "DROP"
    assert action("198.18.0.1", "10.0.0.1") == action("9.0.0.1", "198.18.0.1") == "DROP"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (MEMORY, r"mOS \(nat\) does not start: Cannot init mbuf pool"),
        (None, "no whole mOS in .*prefix: delete it and run again"),
    ],
)
def test_a_start_that_fails_is_one_line(make, place, driver, program, said):
    """The program's own last line, or what is missing; nothing waits for the time to be over."""
    dut = make("nat", program or RUNNING)
    if program is None:
        Path(dut._settings["prefix"], "bin/nat").unlink()
    with pytest.raises(DutError, match=said) as caught, dut:
        pass
    assert "\n" not in str(caught.value)


def with_its_module(folder):
    """A build of 2018-08 or later, whose module has made no device yet."""
    mos.DEVICE.unlink()
    module = folder.parent / "prefix/kmod/dpdk_iface.ko"
    module.parent.mkdir(parents=True)
    module.touch()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / "igb_uio").rename(folder / "vfio-pci"), "igb_uio of mOS is not"),
        (lambda folder: mos.DEVICE.unlink(), "mknod .* c 1110 0"),
        (with_its_module, r"insmod .*/kmod/dpdk_iface\.ko; .*/bin/dpdk_iface_main"),
        (lambda folder: (folder / "igb_uio/0000:09:00.0").mkdir(), "igb_uio has 3 ports"),
    ],
)
def test_a_host_that_is_not_ready_for_dpdk_is_refused(make, driver, change, said):
    """mOS numbers what its driver has, in order: another port would be taken for one of ours."""
    change(driver)
    with pytest.raises(DutError, match=said), make("nat"):
        pass


def test_a_start_that_takes_too_long_is_one_line(make, driver, monkeypatch):
    """It runs, and says nothing."""
    monkeypatch.setattr(mos, "START_TIMEOUT_S", 0.2)
    said = r"mOS \(nat\) does not start: no statistics within 0\.2 s"
    with pytest.raises(DutError, match=said), make("nat", "#!/bin/sh\nexec sleep 60\n"):
        pass


def test_a_soft_crash_is_stalled_with_its_process_alive(make, place, driver):
    """The verdict is the probes'; the facts tell a soft crash from a process that ended."""
    with make("forward") as dut:
        place.run(dut.learned_command)
        place.run(dut.counting_command)
        dut.counted()
        soft = dut.facts()["at_end"]
        place.run(f"kill -9 $(cat {place.folder}/mos.pid)")
        place.left()
        place.run(dut.counting_command)
        dut.counted()
        hard = dut.facts()["at_end"]
    assert soft == "process alive, statistics alive"
    assert hard.startswith("process ended")
    assert decide(make_record(dut="mos", verdict="stalled"), {}).name == "stalled"


def test_statistics_that_stop_are_silent(make, place, driver, monkeypatch):
    """A process that hangs altogether."""
    monkeypatch.setattr(mos, "SILENT_S", -1)  # the youngest line is too old at once
    monkeypatch.setattr(state, "NOTE", Template("cd $folder; : > $moment"))
    with make("nat", SILENT) as dut:
        place.run(dut.learned_command)
        place.run(dut.counting_command)
        dut.counted()
        assert dut.facts()["at_end"] == "process alive, statistics silent"


def test_connections_are_half_the_streams(make, place, driver):
    """The statistics that come next are read, not those from before the flows were learned."""
    with make("nat") as dut:
        (Path(place.folder) / "flows").write_text("40", encoding="utf-8")
        place.run(dut.learned_command)
        (Path(place.folder) / "flows").write_text("38", encoding="utf-8")
        place.run(dut.counting_command)
        assert dut.counted() == Counted(20, 19, {})
        assert dut.expected_entries(20) == 20
        assert dut.entries() is None


@pytest.mark.tried("lies")
def test_connections_beyond_its_memory_are_a_state_limit(make, place, driver):
    """nat then lets frames out untranslated: 10 of 40 connections were translated at 20 streams."""
    with make("nat", max_concurrency=20) as dut:
        place.run(dut.learned_command)
        (Path(place.folder) / "full").write_text(f"{FULL}\n{FULL}\n", encoding="utf-8")
        place.run(dut.counting_command)
        counted = dut.counted()
        assert dut.facts()["at_end"] == "process alive, statistics alive"
    assert counted.fault == (
        "state limit: mOS says `Cannot allocate memory for the stream` (max_concurrency is 20 "
        "streams a core, 2 a connection), and what finds none passes as it came"
    )
    point = make_record(dut="mos", verdict="failed")
    point["state"] |= {"fault": counted.fault, "learned_flows": point["identity"]["flows"]}
    point["load_check"] = {"wrong": 3, "checked": 9, "first_wrong": "source", "duplicated": 0}
    found = "3 frames came back wrong (9 were compared); the first: source"
    assert decide(point, {}) == ("failed", f"{counted.fault}; {found}")
