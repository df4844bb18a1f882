"""What DUTs and generators run, and from which sources: by the names of the configuration."""

import re

import pytest

from configurations import DEFAULT, GIT, TARBALL, changed
from middlebench.experiment.config import load
from middlebench.planning import programs
from workspace import REPOSITORY

TALLINN = load(REPOSITORY / "config.yaml", REPOSITORY / "testbeds/tallinn.yaml")
OWN_SWITCH = changed("software", {**DEFAULT["software"], "ovs": TARBALL, "dpdk": GIT})


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch):
    """Sources are looked for where Snakemake runs."""
    monkeypatch.chdir(REPOSITORY)


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_a_program_has_its_sources_and_its_makefile(name):
    """And nothing else that lies there; a build for all processors is of the same sources."""
    sources = programs.program_sources(name)
    assert f"{programs.PROGRAMS[name]}/Makefile" in sources
    assert any(path.endswith(".c") for path in sources)
    assert all(re.search(r"(\.c|\.h|/Makefile)$", path) for path in sources)


def test_a_dut_is_given_rules_or_is_a_program():
    """A function's file of rules, or what is built."""
    rules = "workflow/middleboxes/open_vswitch/nat.flows"
    assert programs.dut_program("ovs-dpdk", "nat") == rules
    built = "results/software/token_bucket/token_bucket"
    assert programs.dut_program("token-bucket", "forward") == built


def test_manifests_are_of_what_is_built_here():
    """None of the distribution's; a file that a DUT reads besides is beside them."""
    assert programs.dut_manifests(DEFAULT, "ovs-dpdk") == []
    (manifest,) = programs.dut_manifests(OWN_SWITCH, "ovs-dpdk")
    assert re.fullmatch(r"results/software/ovs/[\w.-]+/manifest\.json", manifest)
    assert programs.manifests(OWN_SWITCH, "ovs") == [manifest]
    own_mos = changed("software", {**DEFAULT["software"], "mos": GIT})
    first, *read = programs.dut_manifests(own_mos, "mos")
    assert first.endswith("/manifest.json")
    assert read == ["workflow/middleboxes/mos/simple_firewall.conf"]
    pcap = changed("software", {**DEFAULT["software"], "mos": GIT | {"variant": "pcap"}})
    assert programs.dut_manifests(pcap, "mos")[1:] == [
        *("results/software/pcap_polled/pcap_polled", *read)
    ]


def test_a_build_is_the_one_that_the_configuration_names():
    """Another name is no target, and none is where nothing is built."""
    manifest = programs.manifests(OWN_SWITCH, "ovs")[0]
    name = manifest.split("/")[-2]
    pattern = programs.build_pattern(OWN_SWITCH, "ovs")
    assert re.fullmatch(pattern, name)
    assert not re.fullmatch(pattern, name.replace(".", "x"))
    assert not re.match(programs.build_pattern(DEFAULT, "ovs"), "")


def test_a_generator_is_built_for_where_it_runs_and_given_its_scripts():
    """In a sandbox ours alone; on a host one for any processor, and what drives the other."""
    sandbox, hosts = DEFAULT["testbeds"]["sandbox"], TALLINN["testbeds"]["tallinn"]
    assert programs.generator_program(sandbox) == "results/software/softgen/softgen"
    assert programs.generator_program(hosts).endswith("_portable")
    assert programs.generator_scripts(sandbox) == []
    scripts = programs.generator_scripts(hosts)
    assert scripts
    assert scripts == sorted(scripts)
    assert all(path.startswith("workflow/loadgens/moongen/") for path in scripts)
