"""What the report lists of a configuration, and how it is called."""

import copy
from pathlib import Path

import pytest

from configurations import DEFAULT, GIT, TALLINN, TARBALL, changed
from middlebench.planning import shown
from workspace import REPOSITORY


def listed(config: dict, testbed: str = "sandbox") -> dict[str, shown.Listed]:
    """All that is listed of a testbed, with two figures on it."""
    return shown.listings(config, testbed, ["nat_64b", "fw_64b"])


def on_tallinn(**figure) -> dict:
    """The default configuration with one figure on a testbed of two hosts."""
    config = changed("testbeds/tallinn", copy.deepcopy(TALLINN))
    config["figures"]["nat_64b"] |= {"testbed": "tallinn", **figure}
    return config


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch):
    """Scripts of a generator are looked for where Snakemake runs."""
    monkeypatch.chdir(REPOSITORY)


def test_the_rules_of_the_figures_are_listed():
    """As the DUT got them: with its settings; what is built has a manifest."""
    found = listed(DEFAULT)
    assert list(found) == [
        "config.yaml",
        "ovs-dpdk-nat.flows",
        "ovs-dpdk-firewall.flows",
        "softgen-manifest.json",
    ]
    assert found["config.yaml"] == (None, None)
    path, filled = found["ovs-dpdk-nat.flows"]
    assert path == "workflow/middleboxes/open_vswitch/nat.flows"
    assert filled["snat_address"] == DEFAULT["duts"]["ovs-dpdk"]["snat_address"]
    assert "snat_address" not in found["ovs-dpdk-firewall.flows"][1]
    assert found["softgen-manifest.json"] == ("results/software/softgen/manifest.json", None)


def test_a_build_of_ones_own_is_listed():
    """With the folder of its build; DPDK too."""
    config = changed("software", {**DEFAULT["software"], "ovs": TARBALL, "dpdk": GIT})
    found = listed(config)
    for program in ("ovs", "dpdk"):
        path, filled = found[f"{program}-manifest.json"]
        assert path.startswith(f"results/software/{program}/")
        assert path.endswith("/manifest.json")
        assert filled is None


def test_a_dut_that_is_a_program_of_ours_is_not_listed():
    """It is no text that the configuration fills; its sources are in the repository."""
    config = changed("figures/nat_64b/dut", "token-bucket")
    assert "token-bucket-token-bucket" not in listed(config)
    assert "ovs-dpdk-nat.flows" not in listed(config)


def test_the_scripts_of_moongen_are_listed_where_it_makes_the_load():
    """And nowhere else."""
    config = on_tallinn()
    config["testbeds"]["tallinn"]["loadgen"]["generator"] = "moongen"
    assert "middlebench.lua" in listed(config, "tallinn")
    config["testbeds"]["tallinn"]["loadgen"]["generator"] = "softgen"
    assert "middlebench.lua" not in listed(config, "tallinn")
    assert "middlebench.lua" not in listed(config)


def test_both_files_of_mos_are_listed():
    """Its configuration, filled, and the rules beside it."""
    config = on_tallinn(dut="mos")
    config["software"]["mos"] = GIT
    config["duts"]["mos"] = {
        "snat_address": "192.0.2.1",
        "cores": 1,
        "memory_channels": 4,
        "max_concurrency": 1000,
    }
    found = listed(config, "tallinn")
    path, filled = found["mos-mos.conf"]
    assert path == "workflow/middleboxes/mos/mos.conf"
    assert filled
    rules = "workflow/middleboxes/mos/simple_firewall.conf"
    assert found["mos-simple_firewall.conf"] == (rules, None)


def test_the_hash_of_the_configuration_differs_when_it_does():
    """Whatever the order of its keys."""
    assert shown.config_id(DEFAULT) == shown.config_id(dict(reversed(DEFAULT.items())))
    assert shown.config_id(DEFAULT) != shown.config_id(changed("style/dpi", 77))


def test_every_table_has_a_page_a_heading_and_a_category():
    """Those of `tables` and those that describe a testbed."""
    pages = shown.table_pages(["results/lab/points.csv"], ["lab"])
    assert pages[0] == "results/lab/report/tables/points.html"
    assert {Path(page).stem for page in pages[1:]} == set(shown.DESCRIBED)
    assert shown.table_title("thesis_comparison") == "Thesis comparison"
    assert shown.table_title("in_doubt") == "Points that do not hold"
    assert shown.table_category("hosts") == "Machines and software"
    assert shown.table_category("points") == "Tables"
