"""Rules that people bring, on real switches: what is taken, what is measured, what is named."""

import pytest

from middlebench.duts.ovs.sandbox import OvsDpdk
from middlebench.errors import MiddlebenchError
from middlebench.functions import of_configuration
from middlebench.measuring.functional_check import check_function
from middlebench.measuring.point import measure_point
from middlebench.testbeds.sandbox import Sandbox
from workspace import REPOSITORY

SETS = REPOSITORY / "tests/rules"
POOL = "200.200.200.200-200.200.200.203"
LEARNS = {"like": "firewall", "keeps_state": False}
TRANSLATES = {"like": "nat", "addresses": POOL}


def of_own(settings, said):
    """Settings of a function of one's own of which the configuration says so much."""
    does = of_configuration({"functions": {"own": said}})["own"]
    dut = settings["dut"] | {"function": does._asdict()}
    return settings | {"dut": dut | ({"snat_address": does.addresses} if does.addresses else {})}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("learn_firewall", LEARNS),
        pytest.param("nat_pool", TRANSLATES, marks=pytest.mark.slow),
        ("port_names", {"like": "forward"}),
        ("groups", {"like": "forward"}),
        ("meters", {"like": "forward"}),
        ("neutron", {"like": "firewall"}),
    ],
)
def test_a_set_does_what_is_said_of_it(parts, settings, name, said):
    """Every item of the functional check passes."""
    settings = of_own(settings, said) | {"expected_failures": []}
    found = check_function(parts("own", SETS / f"{name}.flows"), settings)
    assert [item for item in found["items"] if not item["passed"]] == []


@pytest.mark.usefixtures("asked_once")
@pytest.mark.tried("lies")
@pytest.mark.parametrize(
    ("name", "said", "item"),
    [
        ("learn_firewall", {"like": "firewall"}, "connections_tracked"),
        ("nat_pool", TRANSLATES | {"addresses": "200.200.200.204"}, "outbound_passed"),
    ],
)
def test_what_is_said_wrongly_fails_before_anything_is_measured(parts, settings, name, said, item):
    """Of connections that are not tracked, and of an address that no flow gets."""
    settings = of_own(settings, said) | {"expected_failures": []}
    found = check_function(parts("own", SETS / f"{name}.flows"), settings)
    assert item in [item["name"] for item in found["items"] if not item["passed"]]


@pytest.mark.parametrize(
    ("name", "said", "entries"), [("learn_firewall", LEARNS, 0), ("nat_pool", TRANSLATES, 10)]
)
def test_a_point_is_measured(parts, short, calibration, name, said, entries):
    """No frame is wrong, and the entries are as many as was said."""
    identity = {"testbed": "sandbox", "dut": "ovs-dpdk", "function": "own", "repetition": 1}
    identity |= {"frame_size": 64, "flows": 10, "rate_mbit": 20}
    about = parts("own", SETS / f"{name}.flows")
    record = measure_point(identity, of_own(short, said), about, calibration)
    assert record["verdict"]["name"] in ("ok", "disturbed", "generator_limited")
    assert record["state"]["found_after_window"] == entries
    assert record["load_check"]["checked"] > 10
    assert record["load_check"]["wrong"] == 0


def started(settings, path):
    """Start a switch with these rules, and end it; what it said."""
    with Sandbox() as sandbox, OvsDpdk(sandbox, settings["dut"], "nat", path, 0) as dut:
        dut.wait_until_started()
        return sandbox.run(f"cd {sandbox.folder}; OVS_RUNDIR=$PWD ovs-ofctl dump-aggregate br0")


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ip,actions=outpt:2", "unknown action outpt"),
        ("ip,in_port=eth0,actions=2", "eth0: invalid or unknown port for in_port"),
        ("ip,actions=group:7", "OFPBAC_BAD_OUT_GROUP: ip,actions=group:7"),
        ("ip,actions=meter:7", "OFPMMFC_INVALID_METER: ip,actions=meter:7"),
        ("meter=7,kbps", "must specify bands: meter=7,kbps"),
        ("group_id=7,type=some,bucket=output:1", "invalid group type some"),
        ("actions=strip_vlan,2\nip,actions=meter:1,2", "none of the usable flow formats"),
    ],
)
def test_a_line_that_the_switch_refuses_is_named(settings, tmp_path, line, words):
    """By file and line, in the switch's words, whoever refuses it: ovs-ofctl or the daemon."""
    path = tmp_path / "own.flows"
    meter = "meter=1,kbps,band=type=drop,rate=1000"
    path.write_text(f"# costs $5\n{meter}\narp,actions=normal\n{line}\n", encoding="utf-8")
    number = 4 + line.count("\n")
    with pytest.raises(MiddlebenchError) as caught:
        started(settings, path)
    assert str(caught.value).startswith(f"{path}:{number}: {words}")
    assert "\n" not in str(caught.value)


def test_a_file_of_comments_is_named(settings, tmp_path):
    """Four failed checks would say less."""
    path = tmp_path / "own.flows"
    path.write_text("# nothing yet\n", encoding="utf-8")
    with pytest.raises(MiddlebenchError, match=r"own\.flows: holds no rule; allowed: one at least"):
        started(settings, path)


def test_100000_rules_are_taken(settings, tmp_path):
    """Far beyond what a command line holds."""
    path = tmp_path / "own.flows"
    hosts = (f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(100_000))
    path.write_text("".join(f"udp,nw_src={host},actions=output:2\n" for host in hosts), "utf-8")
    assert "flow_count=100000" in started(settings, path).stdout
