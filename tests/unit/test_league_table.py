"""league.csv and hardware.csv, from files of series with planted capacities."""

import pandas as pd
import pytest

from league_trials import CELL, LEAGUE, measured, tried, write_files
from middlebench.analysis.hardware import hardware_table
from middlebench.analysis.league import league_table
from middlebench.analysis.league_files import read_series, read_tried
from middlebench.errors import RecordError

CAPACITIES = {"ovs-dpdk": 700, "linux": 250, "iptables": 250, "bridge": 100, "token-bucket": 2500}
LIMITS = (0.005, 0.25)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Paths of series and of what was found out: `bridge` fails a check, `mos` does not start."""
    contents = [
        measured(of, 0.01, seed, dut=dut) for seed, (dut, of) in enumerate(CAPACITIES.items())
    ]
    nothing = {"tries": [], "purposes": [], "ended": "no mOS", "not_measured": "no mOS"}
    contents.append({**contents[0], "identity": CELL | {"dut": "mos"}, **nothing})
    about = [tried(dut=dut) for dut in CAPACITIES if dut != "bridge"]
    about[0]["memory"] = {"100": 10_000_000, "10000": 13_960_000}
    about.append(tried(("unsolicited_dropped", "frames_once"), dut="bridge"))
    about.append(tried(dut="mos", check=None, starts_s=[], not_measured="no mOS"))
    folders = [tmp_path_factory.mktemp(name) for name in ("series", "tried")]
    return [write_files(folder, *of) for folder, of in zip(folders, (contents, about), strict=True)]


@pytest.fixture(scope="module")
def league(files):
    """The table by DUT."""
    return league_table(*files, *LIMITS)


def row(league, dut):
    """That of a DUT."""
    return league[league["dut"] == dut].iloc[0]


def test_the_fastest_is_first_and_what_is_alike_shares_a_letter(league):
    """Correct ones, then the one that fails its check, which is first of its own."""
    assert league["dut"].iloc[0] == "token-bucket"
    assert set(league["dut"][2:4]) == {"linux", "iptables"}
    ranks = {of.dut: (of.rank, of.rank_last, of.group) for of in league.itertuples()}
    assert ranks["token-bucket"] == (1, 1, "a")
    assert ranks["ovs-dpdk"] == (2, 2, "b")
    assert ranks["linux"] == ranks["iptables"] == (3, 4, "c")
    assert ranks["bridge"] == (1, 1, "a")
    assert pd.isna(ranks["mos"][0])
    assert list(league["dut"])[-1] in ("mos", "bridge")


def test_the_numbers_are_those_that_were_planted(league):
    """700 Mbit/s of 64 B frames are 1367188 packets/s, 731 ns each."""
    ours = row(league, "ovs-dpdk")
    assert ours["capacity_pps"] == pytest.approx(1367188, rel=0.01)
    assert ours["capacity_low_pps"] < 1367188 * 1.005
    assert ours["capacity_high_pps"] > 1367188 * 0.995
    assert ours["capacity_mbit"] == pytest.approx(700, rel=0.01)
    assert ours["ns_per_packet"] == pytest.approx(731.4, rel=0.01)
    assert ours["start_s"] == 0.5
    assert ours["memory_per_connection_bytes"] == 400
    assert pd.isna(row(league, "linux")["memory_per_connection_bytes"])
    assert (ours["state"], ours["correct"], ours["at_least"]) == ("alone", True, False)
    for percent in (10, 50, 90):
        load = ours[f"latency_{percent}_load_mbit"]
        assert load == pytest.approx(7 * percent, rel=0.02)
        assert ours[f"latency_{percent}_p50_ns"] == pytest.approx(1000 + load, rel=0.01)
        assert ours[f"latency_{percent}_p99_ns"] > 3 * ours[f"latency_{percent}_p50_ns"]


def test_what_is_wrong_or_missing_is_told(league):
    """Failed checks, the line of a DUT that does not start, a capacity that has no upper end."""
    assert row(league, "bridge")["failed_checks"] == "unsolicited_dropped frames_once"
    assert not row(league, "bridge")["correct"]
    assert row(league, "mos")["note"] == "no mOS"
    bucket = row(league, "token-bucket")
    assert bucket["at_least"]
    assert pd.isna(bucket["capacity_high_pps"])
    assert bucket["note"] == "carries all that the generator makes at 2048 Mbit/s"
    assert bucket["capacity_low_pps"] == pytest.approx(2020e6 / 8 / 64, rel=0.01)
    assert bucket["points_valid"] == bucket["points"] == 7


def test_a_series_in_another_state_has_no_rank(files, tmp_path):
    """It is told; ranks are of one state of the machine."""
    shared = measured(260, dut="linux", settings=LEAGUE)
    for record in shared["tries"]:
        record["machine"]["judged"] = "shared"
    with pytest.MonkeyPatch.context() as put:
        contents = {str(path): read_series(path) for path in files[0]}
        contents[str(files[0][1])] = shared
        put.setattr("middlebench.analysis.league.read_series", lambda path: contents[str(path)])
        found = row(league_table(*files, *LIMITS), "linux")
    assert pd.isna(found["rank"])
    assert found["note"].startswith(
        "judged beside a busy sibling, and not alone as others: no rank"
    )
    assert found["capacity_pps"] == pytest.approx(507812, rel=0.02)


def test_what_the_generators_neighbour_lets_through_is_of_the_duts_own_state(tmp_path):
    """Trials at the top judged with that neighbour busy are a lower end for the DUT alone."""
    content = measured(5000, states=[{"idle_busy_near": 1.0}], makes=1900)
    paths = write_files(tmp_path, content), write_files(tmp_path, tried(), tried(dut="linux"))
    (found,) = league_table(*paths, *LIMITS).to_dict("records")
    assert (found["state"], found["at_least"], found["rank"]) == ("alone", True, 1)
    assert found["capacity_low_pps"] == pytest.approx(1900e6 / 8 / 64, rel=0.01)
    assert found["points_valid"] == 7


def test_shares_of_links_and_cores(league):
    """10 GbE carry 14.88 million frames of 64 B a second (RFC 2544): 11 cores of 1.367 million."""
    hardware = hardware_table(league).set_index("dut")
    ours = hardware.loc["ovs-dpdk"]
    assert ours["share_of_10gbe"] == pytest.approx(1367188 / 14880952, rel=0.01)
    assert ours["share_of_1gbe"] == pytest.approx(10 * ours["share_of_10gbe"], rel=1e-4)
    assert ours["cores_for_10gbe"] == 11
    assert hardware.loc["bridge"]["cores_for_10gbe"] in (76, 77)
    assert "mos" not in hardware.index
    assert (
        hardware.loc["token-bucket"]["capacity_pps"]
        == row(league, "token-bucket")["capacity_low_pps"]
    )


def test_a_file_that_was_mended_is_refused(files, tmp_path):
    """A capacity that somebody would like more, a trial less, another DUT's."""
    text = files[0][0].read_text("utf-8")
    mended = tmp_path / "mended.json"
    mended.write_text(text.replace('"received"', '"Received"', 1), "utf-8")
    with pytest.raises(RecordError, match="was changed after it was written"):
        read_series(mended)
    with pytest.raises(
        RecordError, match="settings is missing; allowed: the trials of a series of the"
    ):
        read_series(files[1][0])
    with pytest.raises(RecordError, match="starts_s is missing"):
        read_tried(files[0][0])
    content = measured(700)
    del content["tries"][1], content["purposes"][1]
    (path,) = write_files(tmp_path, content)
    with pytest.raises(
        RecordError, match="one before it is missing; delete the file to measure the"
    ):
        read_series(path)
