"""The figure of the frame sizes of a capture."""

from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures import pcap
from figures import overlapping, spans, texts
from middlebench.figures.drawing.style import Style
from middlebench.figures.packet_sizes.figure import packet_sizes_figure
from middlebench.figures.packet_sizes.size_classes import class_shares
from scripts import Params, run_script

GOLDEN = {64: 40, 82: 10, 576: 5, 1400: 5, 1518: 40}
CLASSES = '{"large_min": 1400, "small_max": 100}'


def draw(counts, cut="", style=None, name="trace.pcap"):
    """The figure of counts by frame size."""
    sizes = pd.DataFrame(counts.items(), columns=["frame_size_bytes", "packets"], dtype=int)
    about = {"capture": name, "packets": sum(counts.values()), "link_types": "Ethernet", "cut": cut}
    about |= {"longer_packets": 0, "longer_bytes": 0, "longest_bytes": 0}
    return packet_sizes_figure(sizes, about, 100, 1400, style or Style())


def test_lines_are_the_cumulative_shares():
    """At each size both lines have risen to the share of all that is at most so long."""
    packets, size = draw(GOLDEN).axes[0].lines[:2]
    assert list(packets.get_xdata())[:-1] == [0, *GOLDEN]
    assert list(packets.get_ydata()) == [0, 40, 50, 55, 60, 100, 100]
    total = sum(size * count for size, count in GOLDEN.items())
    assert size.get_ydata()[2] == pytest.approx(100 * (64 * 40 + 82 * 10) / total)
    assert packets.get_drawstyle() == "steps-post"
    assert packets.get_linestyle() != size.get_linestyle()


def test_classes_are_shaded_and_told_in_numbers():
    """The shares of both classes stand above, their ranges are shaded in both panels."""
    figure = draw(GOLDEN)
    words = texts(figure)
    assert "64 to 100 B: 50.0 % of packets, 4.6 % of bytes" in words
    assert "1400 to 1518 B: 45.0 % of packets, 91.5 % of bytes" in words
    for ax in figure.axes:
        assert {(64, 100), (1400, 1518)} <= set(spans(ax))
    assert "larger than" not in words


def test_histogram_holds_every_packet_once():
    """The bars add up to 100 %."""
    bars = [patch for patch in draw(GOLDEN).axes[1].patches if patch.get_facecolor()[3] == 1]
    assert sum(bar.get_height() for bar in bars) == pytest.approx(100)


def test_rare_large_frames_do_not_stretch_the_axis():
    """They are told in words; many of them have their place on the axis."""
    rare = draw({64: 10_000, 9018: 1})
    assert rare.axes[0].get_xlim()[1] < 1600
    assert "larger than 1518 B: 0.0 % of packets, 1.4 % of bytes, in part off this" in texts(rare)
    many = draw({64: 10, 9018: 10})
    assert many.axes[0].get_xlim()[1] > 9018
    assert "off this axis" not in texts(many)


@given(
    st.dictionaries(st.integers(64, 3000), st.integers(1, 10**6), min_size=1),
    st.integers(64, 3000),
)
def test_shares_of_two_halves_add_up(counts, edge):
    """Wherever all sizes are parted, the shares of both parts are 1 in all."""
    sizes = pd.DataFrame(counts.items(), columns=["frame_size_bytes", "packets"])
    sizes["bytes"] = sizes["packets"] * sizes["frame_size_bytes"]
    below, above = class_shares(sizes, 0, edge), class_shares(sizes, edge + 1, 10_000)
    assert [a + b for a, b in zip(below, above, strict=True)] == pytest.approx([1, 1])


@pytest.mark.parametrize("font_pt", [8, 11])
@pytest.mark.parametrize("counts", [{}, {64: 1}, {1518: 1}, {65550: 3}, GOLDEN, GOLDEN | {9018: 1}])
def test_labels_do_not_overlap(counts, font_pt):
    """No text covers another or leaves the figure, also when there is nothing or a single size."""
    figure = draw(counts, cut="the file ends at byte 99", style=Style(font_pt=font_pt))
    assert overlapping(figure) == ([], [])


def test_an_empty_or_a_cut_capture_says_so():
    """In words, in the picture."""
    assert texts(draw({})).count("no packets") == 2
    assert "Packets: none." in texts(draw({}))
    words = texts(draw({64: 1}, cut="the file ends at byte 99"))
    assert "Counted in part only: the file ends at byte 99." in words


def test_a_name_is_not_taken_for_mathematics():
    """A file may be called anything."""
    assert "$x^2$_{a}.pcap" in texts(draw(GOLDEN, name="$x^2$_{a}.pcap"))
    assert overlapping(draw(GOLDEN, name="$\\bad{$.pcap")) == ([], [])


@pytest.mark.parametrize("data", [pcap([60, 1514, 1514]), pcap([]), pcap([60, 1514])[:-1]])
def test_scripts_lead_from_a_capture_to_the_figure(tmp_path, data):
    """Also when it is empty or cut."""
    (tmp_path / "x.pcap").write_bytes(data)
    tables = {name: tmp_path / f"{name}.csv" for name in ("sizes", "capture")}
    run_script(
        "count_packet_sizes",
        input=SimpleNamespace(pcap=tmp_path / "x.pcap"),
        output=SimpleNamespace(**tables),
    )
    made = {kind: tmp_path / f"f.{kind}" for kind in ("pdf", "png")}
    run_script(
        "plot_packet_sizes",
        input=SimpleNamespace(**tables),
        output=SimpleNamespace(**made),
        params=Params(style="{}", classes=CLASSES),
    )
    assert all(path.stat().st_size > 10_000 for path in made.values())


def test_script_ends_with_one_line_on_what_is_no_capture(tmp_path, capsys):
    """Status 1, one line, nothing written."""
    (tmp_path / "x.pcap").write_text("hello")
    with pytest.raises(SystemExit) as end:
        run_script(
            "count_packet_sizes",
            input=SimpleNamespace(pcap=tmp_path / "x.pcap"),
            output=SimpleNamespace(sizes=tmp_path / "s.csv", capture=tmp_path / "c.csv"),
        )
    assert end.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"middlebench: {tmp_path}/x.pcap: not a capture; allowed: ")
    assert [path.name for path in tmp_path.iterdir()] == ["x.pcap"]
