"""The figures: what they show, and that the same tables give the same bytes."""

import json
import re
import zlib

import pandas as pd
import pytest

from figures import REFERENCE, ROOT, draw, hollow, overlapping, tables, texts
from middlebench.analysis.published import read_reference
from middlebench.errors import ConfigError, RecordError
from middlebench.figures.drawing import looks
from middlebench.figures.drawing.lines import LOSS_TICKS
from middlebench.figures.drawing.style import Style, parse_style, save
from middlebench.figures.series.latency import latency_figure
from records import make_record, repeated, sandbox_records, without_result

RATES = range(100, 1601, 100)
KNEES = {100: 1100, 10000: 800}


def test_remade_figure_has_the_same_bytes(tmp_path):
    """PDF and PNG of the same tables are byte-identical, whatever was drawn in between."""
    records = sandbox_records(knees=KNEES, rates=RATES, repetitions=2, disturbed=0.1)
    read, made = tables(tmp_path, records), []
    for name in ("one", "two"):
        figure = latency_figure(*read, read_reference(REFERENCE), Style())
        save(figure, Style(), tmp_path / f"{name}.pdf", tmp_path / f"{name}.png")
        made.append([(tmp_path / f"{name}.{kind}").read_bytes() for kind in ("pdf", "png")])
    assert made[0] == made[1]


def test_pdf_is_vector_with_embedded_fonts_and_no_date(tmp_path):
    """The PDF embeds TrueType fonts, holds no picture, and names neither a date nor a version."""
    figure = draw(tmp_path, sandbox_records(knees={100: 300}, rates=range(100, 501, 100)))
    save(figure, Style(), tmp_path / "f.pdf", tmp_path / "f.png")
    pdf = (tmp_path / "f.pdf").read_bytes()
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            pdf += zlib.decompress(stream)
        except zlib.error:
            continue
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert b"/Subtype /Image" not in pdf
    assert b"Date" not in pdf
    assert b"matplotlib" not in pdf.lower()


def test_panel_shows_knee_published_value_and_sample(tmp_path):
    """Every panel names its knee and the thesis's value; the footer names DUT and sample."""
    figure = draw(tmp_path, sandbox_records(knees=KNEES, rates=RATES), title="Source NAT")
    words = texts(figure)
    for expected in (
        *("Source NAT", "100 flows", "10000 flows"),
        *("knee 1100 Mbit/s = 2.15 Mpps", "knee 800 Mbit/s = 1.56 Mpps"),
        *("thesis 4.6: first spike 540", "thesis 4.7: overload 500"),
        *("Testbed: sandbox", "Open vSwitch 3.1.0, DPDK 22.11.11", "softgen (sha256 cdcdcdcd)"),
        *("32 points, 1 repetition a rate", "packets sent", "disturbed share of time"),
    ):
        assert expected in words


@pytest.mark.parametrize(
    ("about", "there"),
    [
        ({}, ["published in the thesis", "Reference: ", "knee: at most"]),
        ({"function": "forward", "flows": 7}, ["knee: at most"]),
        ({"loss_ratio": 0.5}, ["published in the thesis", "Reference: "]),
    ],
)
def test_what_is_not_drawn_is_not_in_the_legend(tmp_path, about, there):
    """A function of one's own has no published value, and a series may have no knee."""
    words = texts(draw(tmp_path, [make_record(**about)]))
    every = ("published in the thesis", "Reference: ", "knee: at most")
    assert [text for text in every if text in words] == there


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        (range(100, 401, 100), "first spike 540, off this axis →"),
        (range(800, 1101, 100), "← thesis 4.6: first spike 540, off this axis"),
    ],
)
def test_published_value_outside_the_axis_is_told_in_words(tmp_path, rates, expected):
    """A published value outside the measured range does not stretch the axis."""
    figure = draw(tmp_path, sandbox_records(knees={100: 2000}, rates=rates))
    assert expected in texts(figure)
    low, high = figure.axes[0].get_xlim()
    assert low > rates[0] - 50
    assert high < rates[-1] + 50


def test_published_line_rate_is_called_so(tmp_path):
    """The thesis's 1500 B values are labelled as its link's line rate."""
    records = sandbox_records(
        function="firewall", frame_size=1518, knees={1000: 12000}, rates=range(9000, 15001, 1000)
    )
    assert "overload 9880 (its line rate)" in texts(draw(tmp_path, records))


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([make_record(loss_ratio=0.5)], "no knee: no rate holds (loss above 0.5 %)"),
        ([make_record(verdict="stalled")], "no knee: no valid point"),
        ([make_record()], "knee ≥ 500 Mbit/s = 0.977 Mpps: holds at every rate"),
    ],
)
def test_a_panel_says_what_it_does_not_show(tmp_path, records, expected):
    """Even with a single rate a panel says in words what is not to be seen in it."""
    assert expected in texts(draw(tmp_path, records))


def test_invalid_points_are_hollow_and_explained(tmp_path):
    """A point that says nothing about the DUT is hollow, off the lines, and in the legend."""
    records = [make_record(rate_mbit=rate) for rate in (100, 200, 400)]
    records.append(make_record(rate_mbit=300, verdict="disturbed", median_ns=5000, loss_ratio=0.1))
    figure = draw(tmp_path, records)
    latency, loss, _ = figure.axes
    assert hollow(latency) == [(300, 5000)]
    assert hollow(loss) == [(300, pytest.approx(10, rel=1e-3))]
    assert "disturbed: little clean time, or a silent DUT (1 point)" in texts(figure)
    line = latency.lines[0]  # broken at 300, not drawn through the invalid point
    assert list(line.get_xdata()) == [100, 200, 300, 400]
    assert pd.isna(line.get_ydata()[2])


def test_point_without_any_result_stands_on_the_edge(tmp_path):
    """A point that was not run is drawn on the lower edge, never left out."""
    figure = draw(tmp_path, [make_record(rate_mbit=200), without_result(rate_mbit=300)])
    for ax in figure.axes:
        assert hollow(ax) == [(300, 0)]
    assert "above line rate: not run (1 point)" in texts(figure)


def test_line_is_the_median_and_every_repetition_is_marked(tmp_path):
    """With repetitions the line is their median, and each has its own marker."""
    records = [
        make_record(repetition=number, median_ns=value)
        for number, value in enumerate((1000, 9000, 2000), start=1)
    ]
    line, marks = draw(tmp_path, records).axes[0].lines[:2]
    assert list(line.get_ydata()) == [2000]
    assert sorted(marks.get_ydata()) == [1000, 2000, 9000]


def test_repetitions_that_split_are_seen_side_by_side(tmp_path):
    """No loss of one hides behind that of another, and none stands nearer to another rate."""
    losses = {100: (0, 0.2, 0, 0.2, 0), 110: (0.2, 0.2), 200: (0,)}
    records = repeated(losses)
    ax = draw(tmp_path, records).axes[1]
    marks = next(line for line in ax.lines if line.get_marker() == "o")
    places = [(float(x), round(float(y))) for x, y in marks.get_xydata()]
    assert len({x for x, _ in places}) == 8
    for rate, of_rate in losses.items():
        own = [y for x, y in places if abs(x - rate) < 5]
        assert own == [100 * loss for loss in of_rate]
    assert (200, 0) in places


def test_no_loss_has_a_place_inside_the_axis(tmp_path):
    """A loss of 0 is drawn inside the panel, at a tick that is labelled 0."""
    figure = draw(tmp_path, sandbox_records(knees={100: 300}, rates=range(100, 501, 100)))
    loss = figure.axes[1]
    assert loss.get_ylim()[0] < 0
    assert list(loss.get_yticks()) == LOSS_TICKS
    assert loss.get_yticklabels()[0].get_text() == "0"
    zero, small = loss.transAxes.inverted().transform(loss.transData.transform([(1, 0), (1, 0.01)]))
    assert 0.02 < zero[1] < small[1] - 0.05


GOOD, BAD, BOTH = (0,) * 5, (0.5,) * 5, (0, 0, 0, 0.5, 0.5)


@pytest.mark.parametrize(
    ("style", "ceiling_pps"),
    [
        pytest.param(Style(), 5e6, id="8pt, ceiling beyond the axis"),
        pytest.param(Style(font_pt=10, height_mm=220), 1.3e6, id="10pt, ceiling within"),
    ],
)
@pytest.mark.parametrize(
    ("knees", "rates", "frame_size"),
    [
        pytest.param(KNEES, RATES, 64, id="two series"),
        pytest.param({100: 620, 1000: 640, 10000: 660}, range(400, 901, 20), 64, id="three series"),
        pytest.param({10000: 700}, range(500, 501), 64, id="one rate"),
        pytest.param(
            {100: 540, 10000: 500}, range(300, 561, 20), 64, id="knee at the thesis's value"
        ),
        pytest.param(KNEES, range(1000, 4001, 1000), 1518, id="line rate beyond the axis"),
    ],
)
def test_labels_do_not_overlap(tmp_path, knees, rates, frame_size, style, ceiling_pps):
    """No text covers another or leaves the figure, at either font size."""
    records = sandbox_records(
        knees=knees,
        rates=rates,
        repetitions=2,
        frame_size=frame_size,
        disturbed=0.2,
        ceiling_pps=ceiling_pps,
    )
    assert overlapping(draw(tmp_path, records, style)) == ([], [])


def test_lines_differ_without_colour():
    """The lines of one panel differ in their dashes, so that grey print can be read."""
    for lines in (
        (looks.MEDIAN, looks.MEAN, looks.P99),
        (looks.MEASURED, looks.ASKED, looks.LIMIT),
    ):
        assert len({str(look["linestyle"]) for look in lines}) == len(lines)
    assert looks.KNEE["linestyle"] != looks.PUBLISHED["linestyle"]
    assert looks.CEILING["linestyle"] not in (looks.KNEE["linestyle"], looks.PUBLISHED["linestyle"])
    assert looks.REGION["hatch"]  # the knee's interval is plain
    assert looks.RAW["linewidth"] < looks.MEASURED["linewidth"]
    assert len({marker for marker, _ in looks.VERDICTS.values()}) == len(looks.VERDICTS)


def test_style_changes_the_colour_and_the_size(tmp_path):
    """The configuration's style reaches the lines and the paper."""
    style = parse_style(json.dumps({"colour_latency": "#112233", "width_mm": 127, "dpi": 72}))
    figure = draw(tmp_path, [make_record()], style)
    assert figure.axes[0].lines[0].get_color() == "#112233"
    assert figure.get_figwidth() == pytest.approx(5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"color_loss": "#000000"}', r"style\.color_loss: no such key; allowed: colour_latency, "),
        ("[1]", r"style: is \[1\]; allowed: a mapping"),
        ("{", r"style: not JSON"),
    ],
)
def test_wrong_style_is_one_error(text, message):
    """A style that is no mapping or has an unknown key is refused by name."""
    with pytest.raises(ConfigError, match=message):
        parse_style(text)


def test_shipped_style_is_complete():
    """config.yaml's style and the style module have the same keys and the same values."""
    yaml = pytest.importorskip("yaml")
    shipped = yaml.safe_load((ROOT / "config.yaml").read_text())["style"]
    assert Style(**shipped) == Style()


def test_empty_tables_are_refused(tmp_path):
    """A figure of nothing is an error, not an empty page."""
    with pytest.raises(RecordError, match="hold no series"):
        draw(tmp_path, [])
