"""Counting the frame sizes of a capture: what was written is what is counted."""

import gzip
import struct
import tracemalloc
from collections import Counter
from contextlib import suppress
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.utils import PcapNgWriter, RawPcapWriter

from captures import (
    COOKED,
    ETHERNET,
    HEADER,
    RAW_IP,
    RECORD,
    block,
    interface,
    packet,
    pcap,
    section,
)
from middlebench.captures.frame_sizes import LINK_HEADERS, count_frame_sizes, write_frame_sizes
from middlebench.errors import ConfigError


def counted(folder, data, name="x.pcap"):
    """What is counted in a file of these bytes."""
    path = folder / name
    path.write_bytes(data)
    return count_frame_sizes(path)


LENGTHS = st.lists(st.integers(1, 2000), max_size=40)


@given(
    lengths=LENGTHS,
    order=st.sampled_from("<>"),
    snap=st.integers(0, 2000),
    magic=st.sampled_from([0xA1B2C3D4, 0xA1B23C4D]),
    zipped=st.booleans(),
)
def test_written_lengths_are_counted(tmp_path_factory, lengths, order, snap, magic, zipped):
    """In any byte order, resolution, snap length or compression; with the FCS, 64 B at least."""
    data = pcap(lengths, order=order, snap=snap, magic=magic)
    found = counted(tmp_path_factory.mktemp("x"), gzip.compress(data) if zipped else data)
    assert found.packets == Counter(max(64, n + 4) for n in lengths)
    assert found.cut == ""


@given(lengths=LENGTHS)
def test_what_scapy_writes_is_counted(tmp_path_factory, lengths):
    """scapy's writers of both formats, independent of ours, give the same counts."""
    folder = tmp_path_factory.mktemp("x")
    for writer in (RawPcapWriter(str(folder / "x.pcap"), linktype=1), _ng(folder / "x.pcapng")):
        with writer:
            for n in lengths:
                writer.write(bytes(n))
    for name in ("x.pcap", "x.pcapng"):
        found = count_frame_sizes(folder / name)
        assert found.packets == Counter(max(64, n + 4) for n in lengths), name


def _ng(path):
    writer = PcapNgWriter(str(path))
    writer.linktype = 1
    return writer


@given(lengths=st.lists(st.integers(1, 40), min_size=1, max_size=5), share=st.floats(0, 1))
def test_a_cut_file_counts_what_is_whole_and_says_that_it_is_cut(tmp_path_factory, lengths, share):
    """Cut anywhere behind its header; a cut between two packets cannot be told from an end."""
    data, ends = pcap(lengths), [HEADER, *accumulate((RECORD + n for n in lengths), initial=HEADER)]
    place = HEADER + round(share * (len(data) - HEADER))
    found = counted(tmp_path_factory.mktemp("x"), data[:place])
    assert found.packets.total() == sum(end <= place for end in ends[2:])
    assert bool(found.cut) == (place not in ends)
    if found.cut:
        assert f"ends at byte {place}, " in found.cut


@given(share=st.floats(0, 1))
def test_a_cut_pcapng_counts_what_is_whole(tmp_path_factory, share):
    """The same for blocks."""
    blocks = [section(), interface(ETHERNET), packet(0, 60), packet(0, 1514), block(5, bytes(8))]
    data, ends = b"".join(blocks), list(accumulate(map(len, blocks)))
    place = 12 + round(share * (len(data) - 12))
    found = counted(tmp_path_factory.mktemp("x"), data[:place])
    assert found.packets.total() == sum(end <= place for end in ends[2:4])
    assert bool(found.cut) == (place not in ends)


def test_cut_compressed_data_counts_what_came_out(tmp_path):
    """Compressed data that end early give their whole packets."""
    lengths = [64 + 7 * n % 1400 for n in range(5000)]
    data = gzip.compress(pcap(lengths, snap=8))
    found = counted(tmp_path, data[: len(data) // 2])
    assert 0 < found.packets.total() < len(lengths)
    assert found.packets <= Counter(n + 4 for n in lengths)
    assert "compressed data" in found.cut


@pytest.mark.parametrize("link", LINK_HEADERS)
def test_another_link_layer_counts_as_the_ethernet_frame_of_the_same_payload(tmp_path, link):
    """1500 B of payload are a frame of 1518 B, whatever they were captured on."""
    _, header = LINK_HEADERS[link]
    assert counted(tmp_path, pcap([1500 + header], link=link)).packets == {1518: 1}


def test_fcs_that_was_captured_is_not_added_again(tmp_path):
    """pcap says so in its link type, pcapng in an option of the interface."""
    link = ETHERNET | 1 << 26 | 2 << 28
    assert counted(tmp_path, pcap([1518], link=link)).packets == {1518: 1}
    comment, fcs = struct.pack("<HH4s", 1, 3, b"abc"), struct.pack("<HHB3x", 13, 1, 4)
    data = section() + interface(ETHERNET, comment + fcs) + packet(0, 1518)
    assert counted(tmp_path, data).packets == {1518: 1}


def test_each_section_of_pcapng_has_its_own_interfaces_and_order(tmp_path):
    """A packet belongs to an interface of its own section."""
    data = section() + interface(ETHERNET) + interface(RAW_IP) + packet(0, 1514) + packet(1, 1000)
    data += section(">") + interface(COOKED, order=">") + packet(0, 516, ">")
    data += block(3, struct.pack(">I", 116) + bytes(4), ">")  # a simple packet
    data += block(2, struct.pack(">HHIIII", 0, 0, 0, 0, 4, 216) + bytes(4), ">")  # an old one
    found = counted(tmp_path, data)
    assert found.packets == {1518: 1, 1018: 1, 518: 1, 118: 1, 218: 1}
    assert found.link_types == {"Ethernet", "raw IP", "Linux cooked"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty, without even a header; allowed: pcap or pcapng"),
        (b"hello, world, this is a text", "not a capture; allowed: pcap or pcapng"),
        (pcap([])[:23], "not a capture; allowed: pcap or pcapng"),
        (b"\x1f\x8b no gzip", "not a capture: its compressed data ends or is damaged"),
        (gzip.compress(b"a text", mtime=0), "not a capture; allowed: pcap or pcapng"),
        (pcap([60], link=147), "packets of link type 147; allowed: Ethernet, BSD loopback, "),
    ],
)
def test_what_is_no_capture_is_one_line(tmp_path, data, message):
    """The line names the file and what is allowed."""
    with pytest.raises(ConfigError, match=f"x.pcap: {message}"):
        counted(tmp_path, data)


def test_a_missing_file_is_one_line(tmp_path):
    """So is a folder."""
    with pytest.raises(ConfigError, match="nosuch: cannot be read: No such file"):
        count_frame_sizes(tmp_path / "nosuch")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        count_frame_sizes(tmp_path)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (struct.pack("<4I", 0, 0, 1 << 30, 60), "a packet of 1073741824 B"),
        (struct.pack("<4I", 0, 0, 60, 1 << 31), "a packet of 2147483648 B"),
    ],
)
def test_a_damaged_length_ends_the_count(tmp_path, damage, what):
    """It is not read into memory, and not counted."""
    found = counted(tmp_path, pcap([60, 60]) + damage + bytes(100))
    assert found.packets == {64: 2}
    assert found.cut == f"the file is damaged before byte 192: {what}"


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (packet(7, 60), "a block that says too little"),
        (block(6, bytes(8)), "a block that says too little"),
        (struct.pack("<II", 6, 13) + bytes(40), "a block of 13 B"),
        (struct.pack("<II", 6, 1 << 31), "a block of 2147483648 B"),
        (packet(0, 60)[:-4] + bytes(4), "the two lengths of a block differ"),
        (struct.pack("<III", 0x0A0D0D0A, 28, 7) + bytes(16), "no byte order"),
    ],
)
def test_a_damaged_block_ends_the_count(tmp_path, damage, what):
    """Whole packets before it are counted."""
    found = counted(tmp_path, section() + interface(ETHERNET) + packet(0, 1514) + damage)
    assert found.packets == {1518: 1}
    assert found.cut.startswith("the file is damaged before byte ")
    assert found.cut.endswith(what)


@given(data=st.binary(max_size=200), start=st.sampled_from([b"", pcap([60]), section()]))
def test_no_bytes_end_in_anything_but_a_count_or_one_line(tmp_path_factory, data, start):
    """Whatever a file holds."""
    with suppress(ConfigError):
        counted(tmp_path_factory.mktemp("x"), start + data)


def test_memory_does_not_grow_with_the_capture(tmp_path):
    """Ten times as many packets need no more memory."""

    def peak(count):
        path = tmp_path / "x.pcap"
        path.write_bytes(pcap([100] * count))
        tracemalloc.start()
        assert count_frame_sizes(path).packets == {104: count}
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(20_000) < 1.2 * peak(2_000)


def test_tables_of_a_capture(tmp_path):
    """A row a size in their order; one row about the capture."""
    (tmp_path / "x.pcap").write_bytes(pcap([1514, 60, 60])[:-1])
    write_frame_sizes(tmp_path / "x.pcap", tmp_path / "sizes.csv", tmp_path / "capture.csv")
    assert (tmp_path / "sizes.csv").read_text() == "frame_size_bytes,packets\n64,1\n1518,1\n"
    assert (tmp_path / "capture.csv").read_text() == (
        "capture,packets,link_types,longer_packets,longer_bytes,longest_bytes,cut\n"
        'x.pcap,2,Ethernet,0,0,0,"the file ends at byte 287, 1 B too early for its last packet"\n'
    )
    assert len(list(tmp_path.iterdir())) == 3
