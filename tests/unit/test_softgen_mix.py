"""softgen's mixes of frame sizes: their order, and the check of frames whose sizes differ."""

import ctypes
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.l2 import Ether

from softgen_checks import STAMP, Check, summed
from softgen_library import frames

IMIX = "64:7,594:4,1518:1"
ORDER = [64, 594, 64, 64, 594, 64, 1518, 64, 594, 64, 594, 64]
mixes = st.dictionaries(st.integers(64, 1518), st.integers(1, 100), min_size=2, max_size=8)


def order(softgen, text):
    """The sizes of one turn; None when the text is refused."""
    found = (ctypes.c_uint16 * 800)()
    count = softgen.driver_sizes(text.encode(), found)
    return None if count < 0 else list(found[:count])


def mixed(softgen, number, protocol="udp", size=IMIX):
    """Frame `number` of flow 0, as it is sent."""
    about = {"count": 1, "sequence": number, "stamp": STAMP, "protocol": protocol}
    data = frames(softgen, 300, size, **about)[0]
    return Ether(data + bytes(ORDER[number % 12] - 4 - len(data)))


def test_the_simple_imix_comes_as_the_header_says(softgen):
    """RFC 6985 would write it aAaaAagaAaAa, with A=594."""
    assert order(softgen, IMIX) == ORDER


@given(mixes)
def test_every_size_comes_as_often_as_its_count(softgen, mix):
    """In one turn, which is as long as all counts; never two turns' worth at its beginning."""
    found = order(softgen, ",".join(f"{size}:{count}" for size, count in mix.items()))
    assert Counter(found) == mix
    half = Counter(found[: len(found) // 2])
    assert all(abs(half[size] - mix[size] / 2) <= len(mix) for size in mix)


def test_one_size_is_an_order_of_one(softgen):
    """As without mixes."""
    assert order(softgen, "64") == [64]
    assert order(softgen, "1518") == [1518]


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    "text",
    [
        *("", "63", "1519", "64.5", " 64", "64 ", "-64", "64:7", "64:0,594:1", "64:101,594:1"),
        *("64:1,63:1", "64:1,64:2", "64:1,", ",64:1", "64:1,594", "64,594:1", "64:1:1,594:1"),
        ",".join(f"{64 + size}:1" for size in range(9)),
    ],
)
def test_what_is_no_size_and_no_mix_is_refused(softgen, capfd, text):
    """In one line that says both."""
    assert order(softgen, text) is None
    assert softgen.driver_option(b"--frame-size", text.encode()) == -1
    said = capfd.readouterr().err
    assert said.startswith(
        f"softgen: --frame-size: {text}; allowed: a whole number from 64 to 1518"
    )
    assert said.count("\n") == 1


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_each_frame_is_as_scapy_makes_it(softgen, protocol):
    """Lengths and both checksums, which are made of those of the first size (RFC 1624)."""
    for number in range(200):
        frame = mixed(softgen, number, protocol)
        assert bytes(frame) == bytes(summed(frame))
        assert frame.payload.len == ORDER[number % 12] - 18


@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_a_mix_as_the_dut_has_to_make_it_is_right(softgen, protocol):
    """Each frame by its number."""
    check = Check(softgen, protocol, IMIX)
    for number in range(24):
        assert check.came(mixed(softgen, number, protocol), sequence=number) == (number + 1, 0, "")


def test_a_length_of_another_number_is_wrong(softgen):
    """Also where it is one of the mix: 594 B came, where frame 0 has 64 B."""
    check = Check(softgen, size=IMIX)
    _, wrong, words = check.came(mixed(softgen, 1), sequence=0)
    assert wrong == 1
    assert "the IP total length came out as 576, expected 46" in words


def test_a_frame_of_a_mix_that_grew_on_its_way_is_the_runs(softgen):
    """One with a tag before its mark is recognised, and told with its length."""
    check = Check(softgen, size=IMIX)
    data = bytes(mixed(softgen, 1))
    assert check.stray(data + bytes(4))
    assert check.found()[1:] == (
        1,
        "a frame of a mix came out with 594 B (without FCS), which is not the size of its number",
    )
