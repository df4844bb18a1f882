"""Rates and their units: Mbit/s, packets/s and the line rate of an Ethernet link.

A rate without another word is the offered rate of the design: frame bits (FCS included, preamble
and inter-frame gap excluded) with 1 Mbit = 10^6 bit. The 2017 thesis took 1 Mbit as 2^20 bit in its
packet rates; the functions named `_binary` exist only to show its numbers beside the right ones.
Nothing is rounded here.  The bytes of a mix of frame sizes are those of its mean.
"""

from middlebench.frame_mix import FrameSize, mean_bytes

BITS_PER_MBIT = 1_000_000
"""Bit in one Mbit, the SI meaning: used everywhere except in numbers labelled `binary`."""

BITS_PER_MBIT_BINARY = 2**20
"""Bit in one Mbit as the thesis counted them."""

LINE_OVERHEAD_BYTES = 20
"""Bytes a frame needs on the wire besides itself: preamble 7, delimiter 1, gap 12 (IEEE 802.3)."""


def packets_per_second(rate_mbit: float, frame_size: FrameSize) -> float:
    """Packets/s of an offered rate [Mbit/s] in frames of `frame_size` byte, 1 Mbit = 10^6 bit.

    The thesis's 9880 Mbit/s in frames of 1518 B are 813570 packets/s, its 720 Mbit/s in 64 B frames
    1406250. ValueError when the rate is negative or the frame size not positive.
    """
    return _packets(rate_mbit, frame_size, BITS_PER_MBIT)


def packets_per_second_binary(rate_mbit: float, frame_size: FrameSize) -> float:
    """Packets/s as the thesis computed them, with 1 Mbit = 2^20 bit: 4.9 % too many.

    Gives its printed 853090 (9880 Mbit/s, 1518 B) and 1474560 (720 Mbit/s, 64 B).
    """
    return _packets(rate_mbit, frame_size, BITS_PER_MBIT_BINARY)


def rate_mbit(pps: float, frame_size: FrameSize) -> float:
    """Offered rate [Mbit/s] of `pps` packets/s in frames of `frame_size` byte (10^6 bit a Mbit)."""
    _require(pps >= 0, f"a packet rate must not be negative, got {pps}")
    return pps * 8 * _positive(frame_size) / BITS_PER_MBIT


def wire_mbit(pps: float, frame_size: FrameSize) -> float:
    """The same on the wire: with preamble, delimiter and gap, LINE_OVERHEAD_BYTES a frame."""
    return pps * 8 * (_positive(frame_size) + LINE_OVERHEAD_BYTES) / BITS_PER_MBIT


def bits_per_mbit(pps: float, rate: float, frame_size: FrameSize) -> float:
    """How many bit a Mbit has, when `rate` [Mbit/s] in such frames are `pps` packets/s."""
    return pps * 8 * mean_bytes(frame_size) / rate


def line_rate_mbit(link_mbit: float, frame_size: FrameSize) -> float:
    """Highest offered rate [Mbit/s] that a link of `link_mbit` Mbit/s carries in such frames.

    link * frame / (frame + 20), RFC 2544 appendix B: 10000 Mbit/s carry 9870 Mbit/s of 1518 B
    frames and 7619 Mbit/s of 64 B frames.
    """
    _require(link_mbit >= 0, f"a link speed must not be negative, got {link_mbit}")
    size = _positive(frame_size)
    return link_mbit * size / (size + LINE_OVERHEAD_BYTES)


def _packets(rate: float, frame_size: FrameSize, bits_per_mbit: int) -> float:
    _require(rate >= 0, f"a rate must not be negative, got {rate}")
    return rate * bits_per_mbit / 8 / _positive(frame_size)


def _positive(frame_size: FrameSize) -> float:
    size = mean_bytes(frame_size)
    _require(size > 0, f"a frame size must be positive, got {frame_size}")
    return size


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)
