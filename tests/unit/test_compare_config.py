"""The section `compare`: what a variant is, what decides it, and what is refused in one line."""

import copy

import pytest

from configurations import DEFAULT, FILE, GIT, HARDWARE, TARBALL, changed, check_refused, fault
from middlebench.experiment.comparisons import (
    compared_testbeds,
    comparison_settings,
    comparisons,
    variant_configs,
)
from middlebench.experiment.config import OTHER_FIGURES, validate
from middlebench.experiment.estimate import summary
from middlebench.experiment.overlays import laid_over
from middlebench.planning.asked import comparisons_for, for_targets, functions
from middlebench.planning.compared import on_testbed
from middlebench.planning.programs import build_pattern
from middlebench.software import choice
from middlebench.url_users import VARIABLE, authorization, hide_users

MINE = {
    "function": "nat",
    "frame_size": 64,
    "flows": 100,
    "variants": {
        "as_it_is": {},
        "roomy": {"settings": {"memory_mb": 1024}},
        "built": {"software": {"ovs": GIT}, "flows": 7, "frame_size": 128, "function": "firewall"},
    },
}


def compared(**changes):
    """The default configuration with one comparison, MINE with changes."""
    return changed("compare", {"mine": copy.deepcopy(MINE) | changes})


def varied(**variants):
    """The same with variants changed."""
    return compared(variants={**copy.deepcopy(MINE["variants"]), **variants})


def test_a_variant_has_its_own_beside_what_all_have():
    """Settings of the DUT, software, cell; the rest is that of the comparison or of defaults."""
    config = compared()
    validate(config)
    settings = comparison_settings(config, "mine")
    assert [of["name"] for of in settings["variants"]] == ["as_it_is", "roomy", "built"]
    plain, roomy, built = settings["variants"]
    cell = {"dut": "ovs-dpdk", "function": "nat", "frame_size": 64, "flows": 100}
    assert {key: plain[key] for key in cell} == cell
    assert {**plain["settings"]["dut"], "memory_mb": 1024} == roomy["settings"]["dut"]
    assert [built[key] for key in ("function", "frame_size", "flows")] == ["firewall", 128, 7]
    assert built["settings"]["dut"]["prefix"].startswith("results/software/ovs/000000000000-")
    assert "prefix" not in plain["settings"]["dut"]
    assert settings["margin"] == DEFAULT["comparing"]["margin"]
    assert settings["verdict"] == DEFAULT["verdict"]
    assert config == compared()  # nothing was changed in place


def test_two_commits_are_two_builds():
    """Beside that of the configuration, each in a folder of its own; the pattern has them all."""
    commits = [GIT | {"commit": digit * 40} for digit in "12"]
    variants = {f"c{of['commit'][0]}": {"software": {"ovs": of}} for of in commits}
    config = compared(variants=variants) | {"software": DEFAULT["software"] | {"ovs": TARBALL}}
    validate(config)
    names = list(choice.builds(config, "ovs"))
    assert [name.split("-")[0] for name in names] == ["3.1.0", "111111111111", "222222222222"]
    assert build_pattern(config, "ovs").count("|") == 2
    prefixes = [choice.prefix(of, "ovs") for of in variant_configs(config, "mine").values()]
    assert [prefix.rpartition("/")[2] for prefix in prefixes] == names[1:]
    assert choice.builds(DEFAULT, "ovs") == {}


def test_functions_of_variants_are_known_to_the_rules():
    """Also those of no figure; `nat_thesis` is only checked."""
    config = compared() | {"figures": {"fw_64b": DEFAULT["figures"]["fw_64b"]}}
    config["throughput"] = config["league"] = None
    assert functions(config) == {"firewall", "nat", "nat_thesis"}


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("config", "line"),
    [
        (compared(frame_size=63), "compare.mine.frame_size: 63; allowed: an integer from 64 to"),
        (compared(flows=[1]), "compare.mine.flows: [1]; allowed: an integer from 1 to 16000000"),
        (
            compared(variants={"one": {}}),
            "compare.mine.variants: has too few; allowed: a mapping (two to eight variants",
        ),
        (
            varied(Gross={}),
            "compare.mine.variants.Gross: not a good name; allowed: ",
        ),
        (
            varied(roomy={"memory_mb": 1024}),
            "compare.mine.variants.roomy.memory_mb: unknown key; allowed: dut, function, ",
        ),
        (
            varied(roomy={"settings": {"memory_mb": 100}}),
            "compare.mine.variants.roomy.settings.memory_mb: 100; allowed: an integer from 256",
        ),
        (
            varied(roomy={"settings": {"memory": 1024}}),
            "compare.mine.variants.roomy.settings.memory: unknown key (did you mean memory_mb?);",
        ),
        (
            varied(roomy={"settings": {"snat_address": "10.1.2.3"}}),
            "compare.mine.variants.roomy.settings.snat_address: 10.1.2.3 is one of the inside",
        ),
        (
            varied(roomy={"function": "natt"}),
            "compare.mine.variants.roomy.function: natt is no function (did you mean nat?);",
        ),
        (
            varied(roomy={"dut": "token-bucket"}),
            "compare.mine.variants.roomy.dut: token-bucket is not under duts; allowed: ovs-dpdk",
        ),
        (
            varied(built={"software": {"ovs": {"from": "git", "url": GIT["url"]}}}),
            "compare.mine.variants.built.software.ovs.commit: is missing; allowed: from: git with",
        ),
        (
            compared(testbed="there") | {"testbeds": {**FILE["testbeds"], "there": HARDWARE}},
            "compare.mine.variants.as_it_is.testbed: there is on other hosts; allowed: a sandbox",
        ),
        (
            compared(variants={"a": {}, "b": {}}, function="token"),
            "compare.mine.variants.a.function: token is no function",
        ),
        (
            changed("comparing/decides", ["speed"]),
            "comparing.decides[0]: 'speed'; allowed: capacity, latency_p50, latency_p99, loss",
        ),
        (changed("comparing/min_starts", 2), "comparing.min_starts: 2; allowed: an integer from 4"),
        (changed("comparing/min_starts", 7), "comparing.min_starts: 7; allowed: "),
        (
            DEFAULT | {"comparing": DEFAULT["comparing"] | {"settle_ms": 50, "turn_ms": 100}},
            "comparing.settle_ms: 50; allowed: less than half of `turn_ms`, 100",
        ),
        (
            changed("comparing/settle_ms", 100),
            "comparing.settle_ms: 100; allowed: less than half of the longest that is found, 200",
        ),
        (
            changed("comparing/turn_ms", "long"),
            "comparing.turn_ms: 'long'; allowed: an integer from 10 to 1000 or a text (length of a",
        ),
    ],
)
def test_what_cannot_be_compared_is_told(config, line):
    """In one line that names the variant."""
    told = fault(config)
    assert told.startswith(line)
    assert "; allowed: " in told
    assert "\n" not in told


@pytest.mark.parametrize("key", ["function", "frame_size", "flows"])
def test_what_neither_has_is_missing(key):
    """A cell of the grid has no default; a variant's own will do."""
    config = compared()
    del config["compare"]["mine"][key]
    told = fault(config)
    assert told.startswith(f"compare.mine.variants.as_it_is.{key}: is missing; allowed: one here")
    for variant in config["compare"]["mine"]["variants"].values():
        variant[key] = MINE[key]
    validate(config)


def test_overlays_take_comparisons_away():
    """All, one, or with the figure; a name that is not there is told."""

    def names(overlay):
        config = laid_over(FILE, [overlay], OTHER_FIGURES)
        validate(config)
        return list(comparisons(config))

    (shipped,) = FILE["compare"]
    assert names({"compare": {"mine": MINE}}) == [shipped, "mine"]
    assert names({"compare": {"mine": MINE, shipped: None}}) == ["mine"]
    assert names({"compare": None}) == names({"compare": {shipped: None}}) == []
    assert names({"only": ["nat_64b"]}) == names({"figures": {"compare": None}}) == []
    assert names({"only": ["nat_64b", "compare"]}) == [shipped]
    check_refused("compare/nat_emc", 1, "compare.nat_emc: 1; allowed: a mapping")


def test_a_default_testbed_on_other_hosts_compares_nothing():
    """The shipped comparison does not keep a testbed of hardware from being used."""
    config = changed("testbeds/sandbox/host", {"address": "lab1"})
    validate(config)
    assert comparisons(config) == {}
    assert summary(config, [], compared=comparisons_for(config, [])).endswith("needs no points")


def test_comparisons_are_counted():
    """Two minutes a pair at most, for what may need them."""
    config = compared() | {"cost": None, "cost_linux": None}
    said = "1 comparison of variants in turns (mine 3), 4 min at most"
    for targets in (["compare"], ["figures/compare.pdf"], ["results/sandbox/compare/mine.json"]):
        assert for_targets(config, targets) == []
        asked = comparisons_for(config, targets)
        assert summary(config, [], compared=asked) == f"middlebench: {said}"
    asked = comparisons_for(config, [])
    assert summary(config, None, compared=asked).endswith(f"; beside them {said}")
    assert comparisons_for(config, ["figures/nat_64b.pdf"]) == []
    assert (compared_testbeds(config), on_testbed(config, "sandbox")) == (["sandbox"], ["mine"])


@pytest.mark.tried("words")
def test_a_token_of_a_variants_url_is_hidden(monkeypatch):
    """It is kept for this URL of this program alone: another variant's host is not given it."""
    monkeypatch.setenv(VARIABLE, "{}")
    ours, theirs = "https://a.example/x", "https://b.example/x"
    private = "https://user:secret@a.example/x"
    software = [{"ovs": GIT | {"url": url}} for url in (private, theirs)]
    variants = {f"v{at}": {"software": of} for at, of in enumerate(software)}
    config = compared(variants=variants)
    validate(config)
    hide_users(config)
    assert "secret" not in str(config)
    assert config["compare"]["mine"]["variants"]["v0"]["software"]["ovs"]["url"] == ours
    assert authorization("ovs", ours).startswith("Basic ")
    assert authorization("ovs", theirs) is None
    assert authorization("dpdk", ours) is None
