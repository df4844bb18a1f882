"""What the figures without a measurement are drawn from: rules in use, a capture."""

from pathlib import Path

import pytest

from configurations import DEFAULT, changed
from middlebench.errors import ConfigError
from middlebench.figures.flow_tables.in_use import at_least_one, rules_in_use
from middlebench.figures.packet_sizes.source import capture_file
from workspace import REPOSITORY

RULES = sorted((REPOSITORY / "workflow/rules/pictures").glob("*.smk"))


def program_of(dut: str, function: str) -> str:
    """The rules of a switch; another DUT is a program."""
    return f"{function}.flows" if dut == "ovs-dpdk" else dut


def test_every_picture_is_among_the_figures():
    """Else it would be drawn only when it is asked for by name, and be in no report."""
    assert RULES
    for path in RULES:
        assert "\nPICTURES += rules." in path.read_text("utf-8").replace("\n    ", "\n"), path.name


def test_every_picture_is_made_of_its_code():
    """Else an edited module would draw nothing anew."""
    for path in RULES:
        for of_rule in path.read_text("utf-8").split("\nrule ")[1:]:
            rule = of_rule.partition(":")[0]
            measures = "made_from=" in of_rule  # what it was made from is in its file
            if "script:" in of_rule and not measures:
                assert f'code=contents("{rule}"' in of_rule, f"{path.name}, {rule}"


def test_the_rules_in_use_are_those_of_drawn_figures():
    """Each once, with its DUT's settings; the SNAT address only where it decides something."""
    config = changed("figures/only_tables", DEFAULT["figures"]["nat_64b"] | {"drawn": False})
    config["figures"]["only_tables"]["function"] = "nat_thesis"
    settings = DEFAULT["duts"]["ovs-dpdk"]
    found = rules_in_use(config, program_of)
    assert found == {
        "firewall.flows": {},
        "nat.flows": {"snat_address": settings["snat_address"]},
    }
    assert at_least_one(found) == list(found)
    for figure in config["figures"].values():
        figure["dut"] = "token-bucket"
    assert rules_in_use(config, program_of) == {}


def test_no_rules_in_use_are_told():
    """The line says what to set."""
    with pytest.raises(ConfigError, match=r"^figures: none has a DUT with OpenFlow rules, "):
        at_least_one({})


@pytest.mark.parametrize(
    ("pcap", "told"),
    [
        (None, "packet_sizes.pcap: null, so there is no figures/packet_sizes.pdf; allowed: "),
        ("no.pcap", "packet_sizes.pcap: no.pcap is no file, so "),
        ("a{b}.pcap", "packet_sizes.pcap: a{b}.pcap; allowed: a path without braces"),
        ("a<b>.pcap", "packet_sizes.pcap: a<b>.pcap; allowed: a path without braces"),
    ],
)
def test_a_capture_that_cannot_be_counted_is_told(tmp_path, monkeypatch, pcap, told):
    """None, missing, or with a name that Snakemake fills."""
    monkeypatch.chdir(tmp_path)
    for name in ("x.pcap", "a{b}.pcap", "a<b>.pcap"):
        Path(name).touch()
    assert capture_file("x.pcap") == "x.pcap"
    with pytest.raises(ConfigError) as caught:
        capture_file(pcap)
    assert str(caught.value).startswith(told)
