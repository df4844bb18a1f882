"""Functions: what each does, those that users bring, and which DUT does which."""

import copy
from pathlib import Path

import pytest

from configurations import DEFAULT, changed, fault
from middlebench.duts.ovs.sandbox import OvsDpdk
from middlebench.duts.registry import DUTS, FOLDER, entry
from middlebench.experiment.config import validate
from middlebench.experiment.grid import check_settings, figure_points
from middlebench.experiment.point_settings import PointSettings
from middlebench.functions import KNOWN, Function, Makes, known, of_configuration
from middlebench.loadgens.softgen import check_options
from middlebench.measuring.check_items import Observation, _tracked, judge
from workspace import REPOSITORY

NAT = KNOWN["nat"]


def with_function(said, function="my_nat"):
    """The default configuration with a function of one's own, which nat_64b measures."""
    config = copy.deepcopy(DEFAULT)
    config |= {"league": None, "cost_linux": None}  # of DUTs whose rules are not there
    config["figures"] = {name: of for name, of in config["figures"].items() if "dut" not in of}
    config["functions"] = {"my_nat": said}
    config["figures"]["nat_64b"]["function"] = function
    return config


@pytest.fixture
def rules(monkeypatch, tmp_path):
    """A repository with the rules of my_nat."""
    folder = tmp_path / FOLDER / "open_vswitch"
    folder.mkdir(parents=True)
    for name in (*KNOWN, "my_nat"):
        (folder / f"{name}.flows").write_text("priority=0,actions=drop\n")
    monkeypatch.setattr("middlebench.experiment.dut_check.REPOSITORY", tmp_path)


@pytest.mark.parametrize(
    ("said", "does"),
    [
        ({"like": "nat"}, NAT),
        ({"like": "nat", "unasked": "passes"}, NAT._replace(unasked="passes")),
        (NAT._asdict(), NAT),
    ],
)
def test_a_function_is_like_another_or_told_trait_by_trait(rules, said, does):
    """What it does reaches DUT and check with its settings; the project's own say nothing."""
    config = with_function(said)
    validate(config)
    assert of_configuration(config) == KNOWN | {"my_nat": does}
    point = PointSettings(config).of(figure_points(config, "nat_64b")[0])
    check = check_settings(config, "sandbox", "ovs-dpdk", "my_nat", "udp")
    for settings in (point, check):
        assert known("my_nat", settings["dut"]["function"]) == does
        assert "snat_address" in settings["dut"]
    own = check_settings(config, "sandbox", "ovs-dpdk", "nat", "udp")
    assert "function" not in own["dut"]


def test_what_does_not_translate_does_not_depend_on_the_address(rules):
    """Else another SNAT address would measure it again."""
    config = with_function({"like": "firewall"})
    settings = check_settings(config, "sandbox", "ovs-dpdk", "my_nat", "udp")
    assert "snat_address" not in settings["dut"]


def test_the_check_asks_for_what_was_said():
    """A function's items follow from its traits."""
    nothing = Observation([], [], {}, {})
    names = {item.name for item in judge(NAT._replace(unasked="passes"), nothing)}
    assert names >= {"reply_translated", "hosts_told_apart"}
    assert "unsolicited_dropped" not in names
    quiet = Function(translates=False, keeps_state=True, unasked="dropped")
    assert {"reply_passed", "unsolicited_dropped"} <= {item.name for item in judge(quiet, nothing)}


def test_addresses_stand_in_place_of_the_duts_own(rules):
    """In the rules, in the check and in the load: one, or a pool."""
    pool = "200.200.200.200-200.200.200.203"
    config = with_function({"like": "nat", "addresses": pool})
    validate(config)
    point = PointSettings(config).of(figure_points(config, "nat_64b")[0])
    check = check_settings(config, "sandbox", "ovs-dpdk", "my_nat", "udp")
    assert [settings["dut"]["snat_address"] for settings in (point, check)] == [pool, pool]
    dut = OvsDpdk(None, check["dut"], "my_nat", Path("x"), 0)
    assert dut.makes == Makes(snat_address=pool)
    assert check_options(dut.makes)["snat"] == pool


def test_a_duts_pool_stands_in_place_of_its_address(rules):
    """Also in its check; a function's own addresses come first, and what translates nothing has
    none."""
    pool = "200.200.200.200-200.200.200.203"
    config = with_function({"like": "nat", "addresses": "203.0.113.7"})
    config["duts"]["ovs-dpdk"]["snat_addresses"] = pool
    validate(config)
    of = {
        function: check_settings(config, "sandbox", "ovs-dpdk", function, "udp")["dut"]
        for function in ("nat", "my_nat", "firewall")
    }
    addresses = {function: settings.get("snat_address") for function, settings in of.items()}
    assert addresses == {"nat": pool, "my_nat": "203.0.113.7", "firewall": None}
    assert not any("snat_addresses" in settings for settings in of.values())
    config["duts"]["ovs-dpdk"]["snat_addresses"] = None
    settings = check_settings(config, "sandbox", "ovs-dpdk", "nat", "udp")
    assert settings["dut"]["snat_address"] == "200.200.200.200"


@pytest.mark.parametrize(("keeps", "entries"), [(True, 0), (False, 29)])
def test_a_check_tells_what_is_tracked_from_what_was_said(keeps, entries):
    """Every point would fail otherwise."""
    does = Function(translates=False, keeps_state=keeps, unasked="dropped")
    seen = Observation([None] * 29, [], {}, {}, entries=entries)
    items = {item.name: item for item in judge(does, seen._replace(outward=[]))}
    tracked = _tracked(does, seen)
    assert "connections_tracked" in items
    assert not tracked.passed
    assert f"29 flows have {entries} entries" in tracked.detail
    assert _tracked(does, seen._replace(entries=29 - entries)).passed


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (
            {"like": "firewall", "addresses": "200.200.200.200"},
            "functions.my_nat.addresses: 200.200.200.200; allowed: none, as it does not translate",
        ),
        (
            {"like": "nat", "addresses": "200.200.200.9-200.200.200.2"},
            "functions.my_nat.addresses: 200.200.200.9-200.200.200.2; allowed: an IPv4 address, or",
        ),
        (
            {"like": "nat", "addresses": "9.9.9.9-11.0.0.1"},
            "functions.my_nat.addresses: 9.9.9.9-11.0.0.1 has hosts in it; allowed: a pool without",
        ),
        (
            {"like": "nat", "addresses": "198.18.0.1"},
            "functions.my_nat.addresses: 198.18.0.1 is one of the outside hosts; ",
        ),
        ({"like": "natt"}, "functions.my_nat.like: 'natt'; allowed: forward, "),
        ({"translates": True}, "functions.my_nat.keeps_state: is missing; allowed: translates, "),
        ({"like": "nat", "unasked": 1}, "functions.my_nat.unasked: 1; allowed: passes, "),
        ({}, "functions.my_nat: is empty; allowed: "),
        ({"like": "nat"}, "figures.nat_64b.function: my_nat, but there is no workflow/middleboxes"),
    ],
)
def test_what_is_said_wrongly_is_one_line(said, line):
    """Where, what, and what is allowed; also when the rules are missing."""
    assert fault(with_function(said)).startswith(line)


def test_a_function_that_nothing_is_said_of_tells_how(rules):
    """A file of rules alone does not say what may be expected of it."""
    config = with_function({"like": "nat"})
    config["functions"] = {}
    told = fault(config)
    assert told == (
        "figures.nat_64b.function: nothing says what workflow/middleboxes/open_vswitch/my_nat.flows"
        " does; allowed: functions: {my_nat: {like: ...}}, like one of forward, "
        "stateless_firewall, firewall, nat, nat_thesis"
    )
    config["functions"] = {"my_nats": {"like": "nat"}}
    assert "my_nat.flows does (did you mean my_nats?); allowed: " in fault(config)


def test_the_name_of_no_function_is_not_offered_as_one(rules):
    """A letter is missing: the example has a name to fill in."""
    told = fault(with_function({"like": "nat"}, "my_na"))
    assert told.startswith("figures.nat_64b.function: my_na is no function (did you mean my_nat?)")
    assert told.endswith("such as functions: {<name>: {like: nat}}")


def test_what_a_function_may_be_called_is_said():
    """Not only that it is a text."""
    config = changed("functions", {"learn-firewall": {"like": "nat"}})
    assert fault(config) == (
        "functions.learn-firewall: not a good name; "
        "allowed: a name of at most 64 small letters, digits and _, a letter first"
    )


def test_a_name_of_the_project_is_taken():
    """nat is nat."""
    config = changed("functions", {"nat": {"like": "forward"}})
    assert fault(config).startswith("functions.nat: the name is taken; allowed: any but forward, ")


def test_the_registry_names_what_is_there():
    """Folders and files of each DUT, for each of its functions."""
    for name, dut in DUTS.items():
        assert dut.sandbox or dut.hosts, name
        for function in dut.functions if dut.folder else ():
            assert (REPOSITORY / dut.program_file(function)).exists(), (name, function)
        for path in dut.read_files:
            assert (REPOSITORY / path).is_file(), path


def test_a_dut_with_programs_of_its_own_does_no_other_function(rules):
    """Only one that takes rules takes a user's."""
    assert not entry("mos").takes_any_function
    config = with_function({"like": "forward"})
    config["figures"]["nat_64b"]["dut"] = "token-bucket"
    config["duts"]["token-bucket"] = dict.fromkeys(entry("token-bucket").settings, 40)
    config["duts"]["token-bucket"]["pause_share"] = 0.1
    assert "my_nat is not one of token-bucket's; allowed: forward" in fault(config)
