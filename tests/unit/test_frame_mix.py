"""A mix of frame sizes in the configuration, in names of files, in records and in tables."""

import copy

import pandas as pd
import pytest

from configurations import DEFAULT, changed, check_refused
from league_trials import LEAGUE, measured, tried, write_files
from middlebench.analysis.hardware import hardware_table
from middlebench.analysis.league import league_table
from middlebench.analysis.tables import read_table, write_csv, write_tables
from middlebench.errors import ConfigError, RecordError
from middlebench.experiment.config import load, validate
from middlebench.experiment.grid import figure_points, figure_settings, figure_title
from middlebench.experiment.league import all_series
from middlebench.frame_mix import Mix, genome, mean_bytes, size_of_path, size_path, size_words
from middlebench.loadgens.softgen import trial_options
from middlebench.planning.made_from import MadeFrom
from middlebench.planning.paths import calibration_paths, throughput_paths
from middlebench.records.read import read
from middlebench.records.record import settings_digest
from middlebench.records.table import records_table
from middlebench.units import line_rate_mbit, packets_per_second, rate_mbit, wire_mbit
from records import make_record, write_record
from results import SETTINGS
from workspace import REPOSITORY

PARTS = DEFAULT["mixes"]["imix"]
IMIX = Mix("imix", PARTS)
OTHER = [{"frame_size": 64, "count": 1}, {"frame_size": 1518, "count": 1}]
TALLINN = REPOSITORY / "testbeds/tallinn.yaml"
NAT = ("sandbox", "ovs-dpdk", "nat", "udp")


def mixed(mixes=None):
    """The shipped configuration with a mix as a figure, in throughput and in the league."""
    config = changed("figures/nat_64b/frame_size", "imix")
    config["throughput"]["frame_sizes"] = [64, "imix"]
    config["league"]["sizes"].reverse()  # the mix is the first that a DUT is tried out for
    config["mixes"] |= mixes or {}
    return config


def test_rates_are_those_of_the_mean_size():
    """12 frames of the simple IMIX have 4342 B, and 4582 B on the wire: 10 GbE carry 3.27 Mpps."""
    assert mean_bytes(IMIX) == pytest.approx(4342 / 12)
    line = line_rate_mbit(10_000, IMIX)
    assert line == pytest.approx(10_000 * 4342 / 4582)
    pps = packets_per_second(line, IMIX)
    assert pps == pytest.approx(10e9 / 8 / 4582 * 12)
    assert rate_mbit(pps, IMIX) == pytest.approx(line)
    assert wire_mbit(pps, IMIX) == pytest.approx(10_000)
    assert wire_mbit(1e6, 64) == pytest.approx(672)


def test_of_a_name_alone_no_rate_is_known():
    """Rather than a wrong one."""
    with pytest.raises(ValueError, match="the sizes of the mix imix are not known"):
        packets_per_second(100, Mix("imix"))


def test_mixes_come_after_numbers():
    """And among themselves by name."""
    names = [Mix("imix"), 1518, Mix("a"), 64]
    assert sorted(names) == [64, 1518, "a", "imix"]
    assert sorted(names, reverse=True) == ["imix", "a", 1518, 64]
    assert Mix("imix") <= Mix("imix") >= 64
    assert not Mix("imix") <= 64


@pytest.mark.parametrize(("size", "path", "words"), [(64, "64b", "64 B"), (IMIX, "imix", "imix")])
def test_it_goes_by_its_name(size, path, words):
    """In names of files and for people."""
    assert (size_path(size), size_words(size), size_of_path(path)) == (path, words, size)


def test_softgen_is_given_sizes_and_counts():
    """In the order of the configuration."""
    options = trial_options(100, IMIX, 10, SETTINGS, 1)
    assert options["frame-size"] == genome(IMIX) == "64:7,594:4,1518:1"
    assert float(options["rate-pps"]) == pytest.approx(100e6 / 8 / 4342 * 12, abs=0.001)
    assert trial_options(100, 64, 10, SETTINGS, 1)["frame-size"] == 64


def test_a_name_stands_wherever_a_size_does():
    """Its points, series and calibrations have it in their names, in place of `64b`."""
    config = mixed()
    validate(config)
    assert "/nat/imix_100flows/" in figure_points(config, "nat_64b")[0].path
    assert figure_title(figure_settings(config, "nat_64b") | {"title": "x"}) == "x"
    assert "results/sandbox/throughput/ovs-dpdk/nat/imix_100flows.json" in throughput_paths(config)
    assert calibration_paths(config, ["nat_64b"])[0].endswith("vhost-user/imix_100flows.json")
    assert any(of.frame_size == "imix" for of in all_series(DEFAULT))
    config["compare"]["nat_emc"]["frame_size"] = "imix"
    validate(config)


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("mixes/imix", PARTS[:1], "mixes.imix: has too few; allowed: a list of 2 to 8"),
        (
            "mixes/imix/0/frame_size",
            63,
            "mixes.imix[0].frame_size: 63; allowed: an integer from 64",
        ),
        ("mixes/imix/1/count", 101, "mixes.imix[1].count: 101; allowed: an integer from 1 to 100"),
        ("mixes/imix/1/count", ..., "mixes.imix[1].count: is missing; allowed: an integer from 1"),
        (
            "mixes/imix/2/frame_size",
            64,
            "mixes.imix[2].frame_size: 64 stands there before; allowed:",
        ),
        ("mixes/IMIX", PARTS, "mixes.IMIX: not a good name; allowed: at most 40 of a-z, 0-9"),
        (
            "figures/nat_64b/frame_size",
            "imx",
            "figures.nat_64b.frame_size: imx is not under mixes (did you mean imix?); allowed: "
            "64 to 1518, imix",
        ),
        (
            "compare/nat_emc/frame_size",
            "none",
            "compare.nat_emc.variants.as_it_is.frame_size: none is not under mixes; allowed: 64",
        ),
        (
            "league/sizes/0/frame_size",
            "x",
            "league: figures.league_ovs-dpdk_forward_x.frame_size: x",
        ),
        ("throughput/frame_sizes", ["x"], "throughput: figures.throughput_forward_x.frame_size: x"),
        (
            "figures/nat_64b/frame_size",
            "64b",
            "figures.nat_64b.frame_size: '64b'; allowed: an integer",
        ),
        (
            "cost/sizes/0/frame_size",
            "imix",
            "cost.sizes[0].frame_size: 'imix'; allowed: an integer",
        ),
    ],
)
def test_a_mix_that_cannot_be_is_told_in_one_line(path, value, line):
    """With what is allowed."""
    check_refused(path, value, line)


def test_a_generator_that_makes_none_is_told_before():
    """MoonGen's script has one size a trial; the league leaves its mixes out there."""
    config = load(REPOSITORY / "config.yaml", TALLINN)
    assert not any(of.frame_size == "imix" for of in all_series(config))
    name = next(iter(config["figures"]))
    config["figures"][name]["frame_size"] = "imix"
    with pytest.raises(ConfigError) as caught:
        validate(config)
    assert "frame_size: imix; allowed: a number on tallinn, as mixes need softgen" in str(
        caught.value
    )


def test_a_changed_mix_makes_again_what_used_it_and_nothing_else():
    """Points, throughput, league and calibration of it; not those of a size, nor of another mix."""
    before, after = (
        MadeFrom(of, lambda *_: "code", ",".join) for of in (mixed(), mixed({"imix": OTHER}))
    )
    other = MadeFrom(mixed({"more": OTHER}), lambda *_: "code", ",".join)
    point = figure_points(mixed(), "nat_64b")[0]
    large = figure_points(mixed(), "nat_1500b")[0]
    cell = ("sandbox", "vhost-user", "udp")

    def made(of):
        settings = {
            size: (of.calibration(*cell, size), of.throughput(size, *NAT), of.league(size, *NAT))
            for size in (64, "imix")
        }
        own = {"imix": of.point_settings(point), "large": of.point_settings(large)}
        return settings, own, of.tried(*NAT)

    first, second, third = made(before), made(after), made(other)
    assert third == first
    assert [a == b for a, b in zip(first[0][64], second[0][64], strict=True)] == [True] * 3
    assert [a == b for a, b in zip(first[0]["imix"], second[0]["imix"], strict=True)] == [False] * 3
    assert first[1]["large"] == second[1]["large"]
    assert first[1]["imix"] != second[1]["imix"]
    assert first[2] == second[2]


def record(**more):
    """A record of a point with the mix."""
    settings = {"mix": copy.deepcopy(PARTS)} | more.pop("settings", {})
    return make_record(frame_size=IMIX, settings=settings, **more)


def test_a_record_says_what_its_mix_was(tmp_path):
    """It is read as it was written, and refused without its content, or with another."""
    path = write_record(tmp_path, record())
    assert path.parent.name == "imix_100flows"
    found = read(path)
    assert found["identity"]["frame_size"] == "imix"
    assert found["settings"]["mix"] == PARTS
    bare = make_record(frame_size=IMIX)
    with pytest.raises(RecordError, match=r"settings\.mix is missing or given; allowed: where"):
        read(write_record(tmp_path / "bare", bare))
    other = record() | {"settings": {**SETTINGS, "mix": OTHER}}
    with pytest.raises(RecordError, match="settings are not those of made_from"):
        read(write_record(tmp_path / "other", other))
    other["made_from"] = {"settings": settings_digest(other["settings"])}
    with pytest.raises(RecordError, match=r"asked.rate_pps is .*; allowed:"):
        read(write_record(tmp_path / "another", other))


def test_tables_have_its_name_and_its_mean(tmp_path):
    """In the column of sizes, which stays one of numbers without it; read back as written."""
    paths = [write_record(tmp_path, made) for made in (record(), make_record(frame_size=1518))]
    table = records_table(paths)
    assert list(table["frame_size_bytes"]) == [1518, "imix"]
    assert records_table(paths[1:])["frame_size_bytes"].dtype == "Int64"
    mix = table.iloc[1]
    assert mix["received_mbit"] == pytest.approx(500, rel=1e-4)
    assert mix["asked_pps"] == pytest.approx(500e6 / 8 / 4342 * 12)
    files = {name: tmp_path / f"{name}.csv" for name in ("points", "series", "rates")}
    write_tables(table, 0.005, 0.25, **files)
    for path in files.values():
        sizes = list(read_table(path)["frame_size_bytes"])
        assert sizes == [1518, "imix"] == sorted(sizes)
    series = read_table(files["series"])
    assert series["ceiling_mbit"].iloc[1] == pytest.approx(5e6 * 4342 / 12 * 8 / 1e6, abs=0.1)
    write_csv(pd.DataFrame({"frame_size_bytes": [64, 1518]}), files["rates"])
    assert read_table(files["rates"])["frame_size_bytes"].dtype == "int64"


def test_cores_for_10_gbit_at_the_imix(tmp_path):
    """10 GbE carry 3.27 million of its frames a second: 4 cores of 0.968 million."""
    settings = LEAGUE | {"trial": SETTINGS | {"mix": PARTS}}
    capacity = 2800  # Mbit/s of frames of 361.8 B
    contents = [
        measured(capacity, 0.01, 1, settings, frame_size=IMIX),
        measured(700, 0.01, 2),
    ]
    folders = [tmp_path / name for name in ("series", "tried")]
    for folder in folders:
        folder.mkdir()
    league = league_table(
        write_files(folders[0], *contents), write_files(folders[1], tried()), 0.005, 0.25
    )
    assert list(league["frame_size_bytes"]) == ["imix", 64]
    hardware = hardware_table(league)
    ours = hardware[hardware["frame_size_bytes"] == "imix"].iloc[0]
    assert ours["capacity_pps"] == pytest.approx(967296, rel=0.01)
    assert ours["cores_for_10gbe"] == 4
    assert ours["share_of_10gbe"] == pytest.approx(967296 / 3273680, rel=0.01)
