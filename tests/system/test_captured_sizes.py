"""The frame sizes of softgen's own load, as tcpdump captured it."""

from collections import Counter

import pytest
from cross_checks import END, capture, check_frames, check_sequence

from middlebench.captures.frame_sizes import count_frame_sizes

MIX = "64:7,594:4,1518:1"
ORDER = (64, 594, 64, 64, 594, 64, 1518, 64, 594, 64, 594, 64)
"""As sizes.h says it."""


@pytest.mark.parametrize("frame_size", [64, 1518])
def test_captured_load_has_the_size_that_was_sent(binary, tmp_path, frame_size):
    """Each of its frames, and the one that ends the capture, are counted with their FCS."""
    seen = capture(binary, tmp_path, frame_size, flows=10, rate_pps=5000, window_ms=50)
    found = count_frame_sizes(tmp_path / "frames.pcap")
    expected = dict.fromkeys((len(END) + 4, frame_size), 0)
    expected[len(END) + 4] += 1
    expected[frame_size] += seen.result["sent_total"]
    assert found.packets == expected
    assert found.link_types == {"Ethernet"}
    assert not found.cut


def test_a_mix_comes_in_its_order_and_ratio(binary, tmp_path):
    """Sizes by number, each frame right; in whole turns of the mix exactly 7 to 4 to 1."""
    seen = capture(binary, tmp_path, MIX, flows=10, rate_pps=5000, window_ms=60)
    check_frames(seen, *ORDER)
    check_sequence(seen)
    turns = len(seen.frames) // len(ORDER)
    sizes = Counter(len(frame.data) + 4 for frame in seen.frames[: turns * len(ORDER)])
    assert sizes == {64: 7 * turns, 594: 4 * turns, 1518: turns}
    assert turns > 20
    assert seen.result["frame_size"] == MIX
    assert seen.result["received_total"] == seen.result["sent_total"] == len(seen.frames)
    assert seen.result["load_check"]["wrong"] == 0 < seen.result["load_check"]["checked"]


def test_a_mix_in_another_order_shows_in_the_capture(plant, tmp_path):
    """Each size a frame early: softgen itself, which says the order, does not see it."""
    seen = capture(plant("mix_in_another_order"), tmp_path, MIX, 10, 5000, 10)
    with pytest.raises(AssertionError, match="590 B without FCS; asked for 64 B with FCS"):
        check_frames(seen, *ORDER)
