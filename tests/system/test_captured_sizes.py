"""The frame sizes of softgen's own load, as tcpdump captured it."""

import pytest
from cross_checks import END, capture

from middlebench.captures.frame_sizes import count_frame_sizes


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
