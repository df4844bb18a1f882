"""Overlays, and what they leave out: `null` for an entry, `only` for all other figures."""

import copy

import pytest
import yaml

from configurations import FILE
from middlebench.errors import ConfigError
from middlebench.experiment.config import OTHER_FIGURES, load
from middlebench.planning.configuration import complete, write_beside_results

MINE = {"function": "nat", "frame_size": 512, "flows": [1000], "rates_mbit": [100, 200, 400]}


def completed(*overlays) -> dict:
    """The configuration of a run with these overlays."""
    config: dict = {}
    complete(config, FILE, overlays)
    return config


def shown(config) -> list[str]:
    """The figures of a configuration, without the cost model's."""
    return [name for name in config["figures"] if not name.startswith("cost_")]


def test_null_takes_a_figure_away():
    """The others stay, and so do those that rules of their own draw."""
    config = completed({"figures": {"fw_64b": None, "mine": MINE}})
    assert shown(config) == ["fw_1500b", "nat_1500b", "nat_64b", "mine"]
    assert {*OTHER_FIGURES, *shown(config)} == set(config["only"])
    assert config["cost"] == FILE["cost"]


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("duts", "toy", {"memory_mb": 1}),
        ("testbeds", "lab", FILE["testbeds"]["sandbox"]),
        ("functions", "my_nat", {"like": "nat"}),
        ("figures", "mine", MINE),
    ],
)
def test_null_takes_away_what_an_earlier_overlay_brought(section, name, value):
    """A DUT, a testbed, a function or a figure; what is brought once more is there."""
    brought, gone = ({section: {name: of}} for of in (value, None))
    assert name not in completed(brought, gone)[section]
    if section != "duts":  # there is no such DUT
        config = completed(brought, gone, brought)
        assert config[section][name] == value
        assert section != "figures" or name in (config["only"] or [name])


def test_only_names_the_figures_that_stay():
    """The cost model goes too, unless its figure is named."""
    config = completed({"figures": {"mine": MINE}, "only": ["mine"]})
    assert list(config["figures"]) == ["mine"]
    assert config["cost"] is None
    config = completed({"only": ["fw_64b", "nat_cost"]})
    assert shown(config) == ["fw_64b"]
    assert config["cost"] == FILE["cost"]
    assert len(config["figures"]) > 1


def test_null_takes_away_a_figure_that_rules_of_its_own_draw():
    """And nat_cost its sweeps."""
    config = completed({"figures": {"machine": None, "nat_cost": None}})
    assert set(config["only"]) == {*FILE["figures"], *OTHER_FIGURES} - {"machine", "nat_cost"}
    assert config["cost"] is None


def test_a_figure_that_was_left_out_is_not_checked():
    """It may be what cannot be measured with the rest of the overlay."""
    bad = {"figures": {"nat_64b": {"frame_size": 63}}}
    with pytest.raises(ConfigError, match=r"^figures\.nat_64b\.frame_size: 63"):
        completed(bad)
    assert shown(completed(bad, {"only": ["fw_64b"]})) == ["fw_64b"]


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("overlay", "line"),
    [
        (
            {"figures": {"fw_64": None}},
            "figures.fw_64: null takes away what is there, but there is no fw_64 (did you mean "
            "fw_64b?); allowed: fw_1500b, fw_64b, ",
        ),
        ({"duts": {"toy": None}}, "duts.toy: null takes away what is there, but there is no toy"),
        ({"only": ["fw_64"]}, "only: fw_64 is no figure (did you mean fw_64b?); allowed: fw_1500b"),
        (
            {"only": []},
            "only: is empty; allowed: a list or null (names of the figures that stay; null all)",
        ),
        ({"only": "fw_64b"}, "only: 'fw_64b'; allowed: a list or null (names of the figures that"),
        ({"only": [1]}, "only: 1 is no figure; allowed: fw_1500b"),
        ({"only": ["machine"]}, "only: none of the section figures is left; allowed: fw_1500b"),
        ({"figures": {"fw_64b": None}, "only": ["fw_64b"]}, "only: fw_64b is no figure"),
        ({"figures": None}, "figures: null; allowed: a mapping (the figures, by the name"),
        ({"defaults": None}, "defaults: null; allowed: a mapping"),
    ],
)
def test_what_cannot_be_left_out_is_told_in_one_line(overlay, line):
    """The key, what is wrong, what is allowed."""
    with pytest.raises(ConfigError) as caught:
        completed(overlay)
    assert str(caught.value).startswith(line)


def test_what_lies_beside_results_leaves_out_the_same(tmp_path, monkeypatch):
    """Laid over config.yaml once more, as the report does."""
    monkeypatch.chdir(tmp_path)
    config = completed({"figures": {"fw_64b": None, "nat_cost": None}})
    write_beside_results(config, ["sandbox"])
    merged = yaml.safe_load((tmp_path / "results/sandbox/config.yaml").read_text("utf-8"))
    assert completed(copy.deepcopy(merged)) == config
    assert load(tmp_path / "results/sandbox/config.yaml") == config


@pytest.mark.parametrize("where", ["figures/nat_64b/flows", "cost/flows"])
def test_one_number_of_flows_needs_no_list(where):
    """As one rate needs none; what is no number is refused as before."""
    section, *names, key = where.split("/")

    def over(value):
        laid = {key: value}
        for name in reversed([section, *names]):
            laid = {name: laid}
        return completed(laid)

    config = over(10)
    for name in (section, *names):
        config = config[name]
    assert config["flows"] == [10]
    for wrong in (True, "10", 1.5):
        with pytest.raises(ConfigError, match="one alone needs no list"):
            over(wrong)
