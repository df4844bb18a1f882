"""Files of MoonGen's l3-load-latency.lua, read."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from configurations import outcome
from middlebench.errors import ConfigError
from middlebench.imported.moongen import histogram, load_latency
from other_generators import CSV_HEADING, HISTOGRAM, RUN, RUN_CSV, files


def read(run, counts=None, frame_size=64):
    """The point of a run of these texts."""
    texts, file = {"run.txt": run}, {"path": "run.txt"}
    if counts is not None:
        file["histogram"] = "histogram.csv"
        texts["histogram.csv"] = counts
    with files(texts):
        (point,) = load_latency(file, frame_size)
    return point


def counted(text):
    """The latencies of a histogram.csv."""
    with files({"histogram.csv": text}):
        return histogram("histogram.csv")


def test_a_run_gives_rate_loss_and_latency():
    """Mbit/s of frames by the mean frame are packets/s; totals give the loss."""
    point = read(RUN, HISTOGRAM)
    assert (point.kind, point.sent, point.received) == ("trial", 10_000_000, 9_000_000)
    assert point.offered_pps == pytest.approx(976562.5)
    assert point.received_pps == pytest.approx(878906.25)
    assert point.loss_ratio == pytest.approx(0.1)
    latency = point.latency
    assert (latency.count, latency.minimum, latency.maximum) == (10, 1000, 9000)
    assert latency.mean == pytest.approx((3 * 1000 + 6 * 1006.4 + 9000) / 10)
    assert latency.p50 == (1006.4, 1006.4)
    assert latency.p99 == (9000, 9000)


def test_a_run_with_csv_is_read_with_all_digits():
    """The last line of a direction is of the averages; without a histogram there is no latency."""
    point = read(RUN_CSV)
    assert point.offered_pps == pytest.approx(976562.4)
    assert point.received_pps == pytest.approx(878906.1)
    assert (point.sent, point.received, point.latency) == (10_000_000, 9_000_000, None)


def test_no_probe_that_came_back_is_no_latency():
    """MoonGen leaves an empty file then."""
    latency = read(RUN, "").latency
    assert (latency.count, latency.p50, latency.mean) == (0, None, None)


def test_frames_of_others_are_no_gain():
    """A receiver that counted ARP too lost nothing."""
    assert read(RUN.replace("total 9000000", "total 10000020")).loss_ratio == 0


SHORT = RUN.replace("0.98 (StdDev 0.00)", "nan (StdDev nan)").replace(
    "500 (StdDev 0)", "nan (StdDev nan)"
)
FAULTS = [
    (RUN.replace("total 9000000", "total 11000000"), "run.txt:7: 11000000 packets received of 10"),
    (
        RUN.replace("total 10000000", "total 5000000"),
        "run.txt:6: TX: frames of 128.0 B on average; ",
    ),
    (SHORT, "run.txt:6: TX: nan on average, 10000000 packets; allowed: a run of 4 s or more"),
    (RUN + RUN, "run.txt: 2 lines of totals of TX; allowed: 1, of one run"),
    ("\n".join(RUN.split("\n")[:5]), "run.txt: 0 lines of totals of TX; allowed: 1"),
    (RUN[: RUN.index("576000000")], "run.txt: 0 lines of totals of RX; allowed: 1"),
    (
        "\x1b[0;31m[FATAL] Lua error in task loadSlave\x1b[0m\n" + RUN,
        "run.txt:1: [FATAL] Lua error",
    ),
    ("", "run.txt: 0 lines of totals of TX; "),
    (RUN_CSV.replace("0.9765624", "nan"), "run.txt:5: TX: nan on average"),
    (
        RUN_CSV.replace(",10000000,640000000", ",10000000"),
        "run.txt:5: 7 fields; allowed: 8 (Time, ",
    ),
    (RUN_CSV.replace(",10000000,640000000", ",1e7,640000000"), "run.txt:5: TotalPackets: '1e7'; "),
    (RUN_CSV.replace("0.8789061", "0.8.7"), "run.txt:6: PacketRate: '0.8.7'; allowed: a number, 0"),
    (
        RUN_CSV.replace("RX,0.8789061", "UP,0.8789061"),
        "run.txt:6: Direction: 'UP'; allowed: TX, RX",
    ),
    (RUN_CSV[: RUN_CSV.index("0000\nSamples")], "run.txt:6: the last line does not end; "),
    (CSV_HEADING, "run.txt: 0 lines of totals of TX; "),
]


@pytest.mark.parametrize(("run", "told"), FAULTS)
def test_a_run_that_says_nothing_is_refused(run, told):
    """In one line, with file and line."""
    with pytest.raises(ConfigError) as caught:
        read(run)
    assert str(caught.value).startswith(told)
    assert "; allowed: " in str(caught.value)


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ("1000,3\n1006.4,60", "histogram.csv:2: the last line does not end, the file was cut; "),
        ("1000,3\n999,3\n", "histogram.csv:2: 999, 3; allowed: latencies that grow"),
        ("1000,0\n", "histogram.csv:1: 1000, 0; allowed: "),
        ("1000\n", "histogram.csv:1: 1 fields; allowed: 2 (latency [ns], count)"),
        ("-5,3\n", "histogram.csv:1: latency [ns]: '-5'; allowed: a number, 0 or more"),
        ("nan,3\n", "histogram.csv:1: latency [ns]: 'nan'; allowed: a number"),
        ("1000,1.5\n", "histogram.csv:1: count: '1.5'; allowed: a whole number"),
        ("1_0,3\n", "histogram.csv:1: latency [ns]: '1_0'; allowed: a number"),
    ],
)
def test_a_histogram_that_was_not_written_so_is_refused(counts, told):
    """Cut, out of order, or no numbers."""
    with pytest.raises(ConfigError) as caught:
        read(RUN, counts)
    assert str(caught.value).startswith(told)


def test_a_driver_that_counts_no_fcs_gives_the_same_rate():
    """So the counters of l3-load-latency.lua were printed on af_packet, at 0.44 Mpps of 60 B."""
    text = (
        "[Device: id=0] TX: 0.44 (StdDev 0.10) Mpps, 210 (StdDev 50) Mbit/s (280 Mbit/s with "
        "framing), total 5788566 packets with 347313960 bytes (incl. CRC)\n"
        "[Device: id=1] RX: 0.00 (StdDev 0.00) Mpps, 0 (StdDev 0) Mbit/s (0 Mbit/s with "
        "framing), total 0 packets with 0 bytes (incl. CRC)\n"
    )
    point = read(text)
    assert point.offered_pps == pytest.approx(437_500)
    assert (point.received_pps, point.loss_ratio) == (0, 1)


def test_probes_beside_small_frames_are_known():
    """At 64 B the probes have 88 B; frames of 1518 B are not 64 B ones."""
    with pytest.raises(ConfigError, match=r"64\.0 B on average; allowed: about 1518 to 1518"):
        read(RUN, frame_size=1518)
    half = RUN.replace("with 640000000", "with 760000000")  # half of them probes
    assert read(half).offered_pps == pytest.approx(500e6 / 8 / 76)


@settings(max_examples=40)
@given(st.dictionaries(st.integers(0, 10**9), st.integers(1, 50), min_size=1, max_size=40))
@example({1000: 1})
@example({1: 1, 2: 1})
def test_quantiles_are_those_of_the_sorted_latencies(counts):
    """Nearest rank, whatever the counts."""
    latency = counted("".join(f"{k},{counts[k]}\n" for k in sorted(counts)))
    every = sorted(value for value, count in counts.items() for _ in range(count))
    for quantile, percent in ((latency.p50, 50), (latency.p99, 99)):
        rank = next(n for n in range(1, len(every) + 1) if 100 * n >= percent * len(every))
        assert quantile == (every[rank - 1], every[rank - 1])
    assert (latency.count, latency.minimum, latency.maximum) == (len(every), every[0], every[-1])
    assert latency.mean == pytest.approx(sum(every) / len(every))


PARTS = [*RUN.splitlines(keepends=True), *RUN_CSV.splitlines(keepends=True), "\0", "1,2\n", "é"]


@settings(max_examples=40)
@given(st.lists(st.sampled_from(PARTS), max_size=14), st.text(max_size=20))
def test_any_text_is_a_point_or_one_line(parts, more):
    """Nothing else is raised, whatever stands in a log."""
    told = outcome(read, "".join(parts) + more)
    assert told is None or ("\n" not in told.strip() and "allowed: " in told)


@pytest.mark.parametrize("cut", range(1, 5))
def test_a_histogram_cut_anywhere_in_a_line_is_refused(cut):
    """Else a shorter number would be taken for the count."""
    with pytest.raises(ConfigError):
        counted(HISTOGRAM[:-cut])
