"""The settings of many points: looked up once a figure and a stage, the same as made one by one."""

import copy
import json
from dataclasses import replace

import pytest

from middlebench.experiment import grid, point_settings
from middlebench.experiment.config import load
from middlebench.experiment.point_settings import PointSettings
from middlebench.experiment.rates import kind_of
from workspace import REPOSITORY

CONFIG = load(REPOSITORY / "config.yaml")


def possible_points(config, figure):
    """The points of every rate, coarse or fine, that a figure's sweep may come to."""
    settings = grid.figure_settings(config, figure)
    first = {(point.flows, point.repetition): point for point in grid.figure_points(config, figure)}
    rates = kind_of(settings["rates_mbit"]).possible
    return [replace(point, rate_mbit=rate) for point in first.values() for rate in rates]


def test_every_point_of_the_shipped_figures_has_the_settings_of_its_own_figure():
    """Also those of fine rates: what a figure says itself is in them."""
    settings = PointSettings(CONFIG)
    for figure in CONFIG["figures"]:
        wanted = grid.measuring_settings(CONFIG, figure)
        for point in possible_points(CONFIG, figure)[::7]:
            found = settings.of(point)
            assert found.pop("stage") in ("coarse", "fine")
            assert found == wanted, point


def test_the_text_is_that_of_the_settings():
    """A job is given what `of` says, as JSON in one line."""
    settings = PointSettings(CONFIG)
    for point in grid.grid_points(CONFIG)[::11]:
        assert json.loads(settings.text(point)) == settings.of(point)


def test_texts_are_made_once_a_figure_and_a_stage(monkeypatch):
    """Ten thousand points of a figure cost one text, not ten thousand."""
    made = []
    monkeypatch.setattr(
        point_settings,
        "measuring_settings",
        lambda config, figure: made.append(figure) or grid.measuring_settings(config, figure),
    )
    settings = PointSettings(CONFIG)
    for point in possible_points(CONFIG, "nat_64b"):
        settings.text(point)
    assert made == ["nat_64b"] * 2


def test_of_two_figures_the_one_with_a_coarse_rate_decides_the_stage():
    """Whichever comes first."""
    config = copy.deepcopy(CONFIG)
    rates = {"from": 100, "to": 300, "step": 100}
    fine = {"function": "nat", "frame_size": 64, "flows": [7], "rates_mbit": rates}
    fine["rates_mbit"] = rates | {"refine": {"step": 50, "max_points": 4}}
    coarse = fine | {"rates_mbit": {"from": 150, "to": 150, "step": 100}}
    config["figures"] = {"fine": fine, "coarse": coarse}
    points = {point.rate_mbit: point for point in possible_points(config, "fine")}
    settings = PointSettings(config)
    stages = {rate: settings.of(points[rate])["stage"] for rate in (100, 150, 250)}
    assert stages == {100: "coarse", 150: "coarse", 250: "fine"}


def test_a_point_that_no_figure_asks_for_has_none():
    """A rate in between, too."""
    point = grid.figure_points(CONFIG, "nat_64b")[0]
    with pytest.raises(KeyError):
        PointSettings(CONFIG).text(type(point)(**(vars(point) | {"rate_mbit": 101})))
