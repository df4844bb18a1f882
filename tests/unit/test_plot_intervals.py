"""What a figure says of intervals, of what cannot be measured, and of what holds."""

import pytest

from figures import REFERENCE, draw, regions, spans, tables, texts, whiskers
from middlebench.analysis.published import read_reference
from middlebench.figures.drawing.style import Style
from middlebench.figures.series.latency import latency_figure
from records import LATENCIES, make_record, repeated

GOOD, BAD, BOTH = (0,) * 7, (0.5,) * 7, (0, 0, 0, 0, 0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("losses", "label", "span"),
    [
        pytest.param(
            {100: GOOD, 200: BOTH, 300: (0.25,) * 7},
            "knee 100 (100 to 200) Mbit/s = 0.195 Mpps",
            (100, 200),
            id="on both sides",
        ),
        pytest.param(
            {100: (0, 0, 0, 0, 0.5), 200: BAD},
            "knee 100 (below 100 to 100) Mbit/s",
            (96, 100),
            id="even the lowest rate may fail",
        ),
        pytest.param(
            {100: BOTH, 200: BAD},
            "no knee (below 100 to 100): no rate holds (loss above 0.5 %)",
            (96, 100),
            id="no knee, but there may be one",
        ),
        pytest.param(
            {100: GOOD, 200: (0, 0, 0, 0, 0, 0, 0.5)},
            "knee ≥ 200 (100 to ≥ 200) Mbit/s = 0.391 Mpps: holds at every rate",
            (100, 200),
            id="up to the highest rate",
        ),
        pytest.param(
            {100: GOOD, 200: GOOD * 2}, "knee ≥ 200 (≥ 200) Mbit/s", (200, 200), id="sure"
        ),
        pytest.param({100: (0,), 200: (0.5,)}, "knee 100 Mbit/s", None, id="no repetitions"),
    ],
)
def test_knee_is_shown_with_its_interval(tmp_path, losses, label, span):
    """The label has the interval, and all panels are shaded between its ends."""
    figure = draw(tmp_path, repeated(losses))
    assert label in texts(figure)
    for ax in figure.axes:
        assert spans(ax) == ([] if span is None else [pytest.approx(span)])
    shaded = span is not None and span[0] < span[1]
    assert ("\N{NO-BREAK SPACE}% interval of the knee" in texts(figure)) == shaded


def test_knee_without_a_valid_point_above_says_so(tmp_path):
    """The highest rate that counts is no proof that every rate holds."""
    records = [make_record(rate_mbit=100), make_record(rate_mbit=200, verdict="disturbed")]
    assert "knee ≥ 100 Mbit/s = 0.195 Mpps: no valid point above" in texts(draw(tmp_path, records))


def test_lines_have_whiskers_where_a_rate_was_repeated(tmp_path):
    """Median latency and loss come with their interval and its level; a single trial has none."""
    records = [
        make_record(rate_mbit=100, repetition=number, median_ns=latency, loss_ratio=loss)
        for number, (latency, loss) in enumerate([(1000, 0), (9000, 0.5), (2000, 0)], start=1)
    ]
    figure = draw(tmp_path, [*records, make_record(rate_mbit=200)])
    latency, loss, packet_rate = figure.axes
    assert whiskers(latency) == {100: (1000, 9000)}
    assert whiskers(loss) == {100: (0, pytest.approx(50, rel=1e-4))}
    assert whiskers(packet_rate) == {}
    assert list(latency.lines[0].get_ydata()) == [2000, 1000]
    assert "Intervals of medians: 75\N{NO-BREAK SPACE}%, by order of the repetitions." in texts(
        figure
    )


def test_without_repetitions_nothing_speaks_of_intervals(tmp_path):
    """A figure of single trials has no whiskers and no word of them."""
    figure = draw(tmp_path, [make_record(rate_mbit=rate) for rate in (100, 200)])
    assert whiskers(figure.axes[0]) == {}
    assert "nterval" not in texts(figure)


@pytest.mark.parametrize("ceiling_pps", [0.6e6, 5e6], ids=["within the axis", "beyond it"])
def test_what_the_generator_cannot_reach_is_hatched(tmp_path, ceiling_pps):
    """Below the floor, right of the ceiling and above it; what is off the axis is told in words."""
    records = [make_record(rate_mbit=rate, ceiling_pps=ceiling_pps) for rate in range(100, 501, 50)]
    figure = draw(tmp_path, records)
    latency, _, packet_rate = figure.axes
    (low, high), within = latency.get_xlim(), ceiling_pps < 1e6
    edge = ceiling_pps * 64 * 8 / 1e6 if within else high
    for ax in figure.axes:
        bottom, top = ax.get_ylim()
        right = [pytest.approx((edge, bottom, high, top))] if within else []
        found = regions(ax)
        assert found[: len(right)] == right
        rest = found[len(right) :]
        if ax is latency:
            assert rest == [pytest.approx((low, bottom, edge, 600))]
        elif ax is packet_rate and within:
            assert rest == [pytest.approx((low, 0.6, edge, top))]
        else:
            assert rest == []
    assert latency.get_ylim()[0] < 600
    assert ("generator's ceiling 307" in texts(figure)) == within
    assert "out of the generator's reach (floor, ceiling)" in texts(figure)
    assert f"Generator alone: {ceiling_pps / 1e6:g} Mpps, median latency 600 ns." in texts(figure)


def test_a_ceiling_left_of_the_axis_hatches_all_of_it(tmp_path):
    """When no rate can be reached the whole panel says so."""
    figure = draw(tmp_path, [make_record(rate_mbit=rate, ceiling_pps=1e5) for rate in (100, 200)])
    for ax in figure.axes:
        assert regions(ax) == [pytest.approx((96, ax.get_ylim()[0], 204, ax.get_ylim()[1]))]
    assert "← generator's ceiling 51, off this axis" in texts(figure)


def test_a_ceiling_that_nobody_measured_is_the_lines(tmp_path):
    """On a hardware testbed the floor is unknown, and the link bounds the generator."""
    records = [make_record(rate_mbit=rate, floor_ns=None) for rate in (100, 200)]
    figure = draw(tmp_path, records)
    assert "The link carries at most 5 Mpps." in texts(figure)
    assert "Generator alone" not in texts(figure)
    higher = make_record(rate_mbit=3000, floor_ns=None)
    assert "line rate 2560" in texts(draw(tmp_path / "higher", [higher, *records]))


def test_points_are_drawn_above_what_is_hatched(tmp_path):
    """A point that cannot be hides behind nothing."""
    figure = draw(tmp_path, [make_record(median_ns=500, ceiling_pps=1e5)])
    for ax in figure.axes:
        hatched = max(patch.get_zorder() for patch in ax.patches if patch.get_hatch())
        assert all(line.get_zorder() > hatched for line in ax.lines)


def test_unknown_calibration_is_not_drawn(tmp_path):
    """Tables without a calibration make the figure as it was, without a word about it."""
    read = tables(tmp_path, [make_record()])
    for table in read:
        table[table.columns.intersection(["ceiling_pps", "ceiling_mbit", "floor_ns"])] = float(
            "nan"
        )
    figure = latency_figure(*read, read_reference(REFERENCE), Style())
    assert [regions(ax) for ax in figure.axes] == [[], [], []]
    assert "generator" not in texts(figure).lower()


def test_footer_says_what_holds(tmp_path):
    """The footer counts the points that say something about the DUT, and why the others do not."""
    verdicts = ("ok", "overloaded", "disturbed", "generator_limited", "disturbed")
    records = [make_record(rate_mbit=100 * n, verdict=v) for n, v in enumerate(verdicts, start=1)]
    words = texts(draw(tmp_path, records))
    assert "2 of 5 points hold; 3 do not: 2 disturbed, 1 generator limited." in words


def test_footer_counts_as_many_repetitions_as_there_are(tmp_path):
    """Where the number of repetitions differs by rate both ends are told."""
    records = [make_record(rate_mbit=100), *repeated({200: (0, 0, 0)})]
    words = texts(draw(tmp_path, records))
    assert "1 to 3 repetitions a rate" in words
    assert "4 of 4 points hold." in words


@pytest.mark.parametrize(("low", "high"), [(700, 900), (900, 9000), (1100, 9900), (10, 9e5)])
def test_the_latency_axis_has_two_labelled_ticks(tmp_path, low, high):
    """However narrow the range of the latency, two powers of ten are on its axis."""
    records = [make_record(rate_mbit=100, median_ns=low), make_record(median_ns=high)]
    read = tables(tmp_path, records)
    for name in LATENCIES:
        read[0][f"latency_{name}_ns"] = read[0]["latency_p50_ns"]
    for table in read:
        table[table.columns.intersection(["ceiling_pps", "ceiling_mbit", "floor_ns"])] = float(
            "nan"
        )
    axes = latency_figure(*read, read_reference(REFERENCE), Style()).axes
    bottom, top = axes[0].get_ylim()
    ticks = [power for power in range(10) if bottom <= 10**power <= top]
    assert len(ticks) >= 2
