"""Captures as they come today: with zstd, through a pipe, with what never was a frame."""

import gzip
import os
import struct
import threading
import tracemalloc
from random import Random

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from captures import ETHERNET, interface, packet, pcap, section
from figures import overlapping, texts
from middlebench.captures.frame_sizes import (
    MAX_WIRE_FRAME,
    count_frame_sizes,
    write_frame_sizes,
)
from middlebench.captures.streams import ZstdFile
from middlebench.errors import ConfigError
from middlebench.figures.drawing.style import Style
from middlebench.figures.packet_sizes.figure import packet_sizes_figure
from middlebench.figures.packet_sizes.source import found_by_jobs

LENGTHS = [60, 60, 571, 1514]
COUNTS = {64: 2, 575: 1, 1518: 1}
SKIPPED = struct.pack("<II3s", 0x184D2A50, 3, b"any")  # pzstd writes such frames


def zstd(data, folder):
    """The same, compressed."""
    with ZstdFile(folder / "whole.zst", "w") as file:
        file.write(data)
    return (folder / "whole.zst").read_bytes()


def pcapng(lengths):
    """A pcapng file of these packets."""
    return section() + interface(ETHERNET) + b"".join(packet(0, n) for n in lengths)


def counted(folder, data):
    """What is counted in a file of these bytes."""
    (folder / "x").write_bytes(data)
    return count_frame_sizes(folder / "x")


def through_a_pipe(data, count):
    """What `count` makes of a pipe of the shell, into which `data` goes piece by piece."""
    read, write = os.pipe()

    def feed():
        with os.fdopen(write, "wb", buffering=0) as end:
            for piece in (data[:1], data[1:3], data[3:]):
                end.write(piece)

    writer = threading.Thread(target=feed)
    writer.start()
    try:
        return count(f"/dev/fd/{read}")
    finally:
        os.close(read)
        writer.join()


@pytest.mark.parametrize("form", [pcap, pcapng])
def test_a_capture_with_zstd_counts_as_the_same_without(tmp_path, form):
    """In one piece, in several (appending makes them), and behind what is to be skipped."""
    data = form(LENGTHS)
    whole = zstd(data, tmp_path)
    pieces = zstd(data[:50], tmp_path) + SKIPPED + zstd(data[50:], tmp_path)
    for compressed in (whole, pieces, SKIPPED + whole):
        found = counted(tmp_path, compressed)
        assert (found.packets, found.cut) == (COUNTS, "")


@pytest.mark.tried("lies")
def test_zstd_that_ends_early_counts_what_came_out(tmp_path):
    """Whole packets before the end, and where it is; a damaged one ends the same way."""
    lengths = Random(1).choices(range(60, 1515), k=100_000)  # several blocks of 128 KiB
    data = zstd(pcap(lengths, snap=8), tmp_path)
    for bad in (data[: len(data) // 2], data[: len(data) // 2] + bytes(len(data))):
        found = counted(tmp_path, bad)
        assert 0 < found.packets.total() < len(lengths)
        assert found.cut.startswith("its compressed data ends or is damaged")


@pytest.mark.tried("words")
@pytest.mark.parametrize("start", [b"\x28\xb5\x2f\xfd", SKIPPED])
def test_what_only_begins_like_zstd_is_one_line(tmp_path, start):
    """Neither a traceback nor an empty count."""
    with pytest.raises(ConfigError, match=r"x: not a capture: its compressed data|x: is empty, "):
        counted(tmp_path, start)
    with pytest.raises(ConfigError, match="x: not a capture"):
        counted(tmp_path, start + b"hello, world")


@pytest.mark.parametrize("pack", [lambda data, _: data, lambda data, _: gzip.compress(data), zstd])
@pytest.mark.parametrize("form", [pcap, pcapng])
def test_a_pipe_counts_as_the_file(tmp_path, form, pack):
    """It cannot go back to its beginning, and gives what it has, however little."""
    found = through_a_pipe(pack(form(LENGTHS), tmp_path), count_frame_sizes)
    assert (found.packets, found.cut) == (COUNTS, "")


def test_a_pipe_without_a_capture_is_one_line():
    """The same words as for a file."""
    for data, message in (b"hello, world", "not a capture; allowed"), (b"", "is empty, without"):
        with pytest.raises(ConfigError, match=message):
            through_a_pipe(data, count_frame_sizes)


def test_a_pipe_of_this_process_is_found_by_its_jobs():
    """`/dev/fd/63` is another's in another process; what has a name of its own keeps it."""
    for own in ("/dev/fd/63", "/proc/self/fd/63"):
        assert found_by_jobs(own) == f"/proc/{os.getpid()}/fd/63"
    for other in ("x.pcap", "/dev/fd/x.pcap", "/proc/1/fd/63", None):
        assert found_by_jobs(other) == other


def test_memory_stays_with_zstd(tmp_path):
    """Ten times as many packets need no more memory."""

    def peak(count):
        (tmp_path / "x").write_bytes(zstd(pcap([100] * count), tmp_path))
        tracemalloc.start()
        assert count_frame_sizes(tmp_path / "x").packets == {104: count}
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(50_000) < 1.5 * peak(5_000)


def versioned(major, minor=0, order="<"):
    """A section of this version."""
    data = bytearray(section(order))
    data[12:16] = struct.pack(f"{order}HH", major, minor)
    return bytes(data)


@pytest.mark.tried("words")
@pytest.mark.parametrize("order", "<>")
def test_another_major_version_of_pcapng_is_refused(tmp_path, order):
    """What its blocks hold is not known; in a later section too. Minor versions are read."""
    for start in (b"", pcapng(LENGTHS)):
        with pytest.raises(ConfigError, match=r"x: pcapng of version 2.7; allowed: 1.x$"):
            counted(tmp_path, start + versioned(2, 7, order) + interface(ETHERNET, order=order))
    minor = versioned(1, 2, order) + interface(ETHERNET, order=order) + packet(0, 60, order)
    assert counted(tmp_path, minor).packets == {64: 1}


def test_another_major_version_of_pcap_is_refused(tmp_path):
    """The same for the older format."""
    data = bytearray(pcap(LENGTHS))
    data[4:8] = struct.pack("<HH", 3, 1)
    with pytest.raises(ConfigError, match=r"x: pcap of version 3.1; allowed: 2.x$"):
        counted(tmp_path, bytes(data))


@given(st.lists(st.integers(1, 70_000), max_size=30))
def test_what_is_longer_than_a_frame_is_counted_apart(tmp_path_factory, lengths):
    """Each packet is counted once: with the frames of some wire, or beside them."""
    found = counted(tmp_path_factory.mktemp("x"), pcap(lengths, snap=0))
    assert max(found.packets, default=0) <= MAX_WIRE_FRAME < min(found.longer, default=99_999)
    assert found.packets.total() + found.longer.total() == len(lengths)
    assert sum(found.longer.elements()) == sum(n + 4 for n in lengths if n + 4 > MAX_WIRE_FRAME)


def test_tables_say_what_was_counted_apart(tmp_path):
    """In the row of the capture; the table of sizes is of frames alone."""
    (tmp_path / "x.pcap").write_bytes(pcap([60, 9014, 65226, 65226, 30000]))
    write_frame_sizes(tmp_path / "x.pcap", tmp_path / "sizes.csv", tmp_path / "capture.csv")
    assert (tmp_path / "sizes.csv").read_text() == "frame_size_bytes,packets\n64,1\n9018,1\n"
    assert (tmp_path / "capture.csv").read_text() == (
        "capture,packets,link_types,longer_packets,longer_bytes,longest_bytes,cut\n"
        "x.pcap,2,Ethernet,3,160464,65230,\n"
    )


def test_a_pipe_has_no_number_for_a_name(tmp_path):
    """Which descriptor it was says nothing to who looks at the figure."""

    def write(path):
        write_frame_sizes(path, tmp_path / "s.csv", tmp_path / "c.csv")
        return pd.read_csv(tmp_path / "c.csv")["capture"].item()

    assert through_a_pipe(pcap(LENGTHS), write) == "a pipe"


@pytest.mark.parametrize("counts", [{}, {64: 3, 1518: 7}])
@pytest.mark.parametrize("font_pt", [8, 11])
def test_figure_says_what_was_counted_apart(counts, font_pt):
    """How many, how long, what of all bytes, in words that fit; nothing when there is none."""
    sizes = pd.DataFrame(counts.items(), columns=["frame_size_bytes", "packets"], dtype=int)
    shown = sum(size * count for size, count in counts.items())
    about = {"capture": "x.pcap", "link_types": "Ethernet", "cut": ""}
    about |= {"longer_packets": 2, "longer_bytes": shown or 9, "longest_bytes": 65230}
    figure = packet_sizes_figure(sizes, about, 100, 1400, Style(font_pt=font_pt))
    share = "50.0" if counts else "100.0"
    assert f"Not drawn: 2 of up to 65230 B ({share} % of all bytes)" in texts(figure)
    assert overlapping(figure) == ([], [])
    about |= {"longer_packets": 0, "longer_bytes": 0, "longest_bytes": 0}
    assert "Not drawn" not in texts(packet_sizes_figure(sizes, about, 100, 1400, Style()))
