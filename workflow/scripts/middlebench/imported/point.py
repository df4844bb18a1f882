"""What a file of another load generator says: a point, and the latencies in it."""

from collections.abc import Iterable
from dataclasses import dataclass

from middlebench.errors import ConfigError

TRIAL = "trial"
THROUGHPUT = "throughput"
"""What a point is: one load that was offered, or the highest one that a search found."""

MAX_GAIN = 1.01
"""Received / sent up to which a receiver counted other frames too (ARP, neighbours)."""

FCS = 4
"""Bytes of the check sequence at the end of a frame."""

MAX_OFF = 0.05
"""By which share the frames of a file may be longer or shorter than the configuration says."""


@dataclass(frozen=True)
class Latency:
    """Latencies [ns] of a point.  A quantile lies between two bounds; they are the same where each
    latency was kept, and None where there was none, as `minimum`, `mean` and `maximum` are.
    """

    count: int
    minimum: float | None = None
    mean: float | None = None
    p50: tuple[float, float] | None = None
    p99: tuple[float, float] | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Point:
    """One point.  What the file does not say is None."""

    kind: str
    offered_pps: float
    """Packets/s that were sent."""
    sent: int | None = None
    received: int | None = None
    loss_ratio: float | None = None
    received_pps: float | None = None
    allowed_loss_ratio: float | None = None
    """Of a search: what it looked for."""
    duration_s: float | None = None
    latency: Latency | None = None


def latency_of(
    buckets: Iterable[tuple[float, float, int]], mean: float | None, ends: tuple[float, float]
) -> Latency:
    """Latencies counted in buckets (from, to, count), in any order; `ends`: least and greatest."""
    ordered = sorted(bucket for bucket in buckets if bucket[2])
    count = sum(number for _, _, number in ordered)
    if not count:
        return Latency(0)
    p50, p99 = (_quantile(ordered, -(-count * percent // 100)) for percent in (50, 99))
    return Latency(count, ends[0], mean, p50, p99, ends[1])


def _quantile(ordered: list[tuple[float, float, int]], rank: int) -> tuple[float, float]:
    """The bounds of the bucket that holds the value of a rank, from 1 (nearest rank)."""
    below = 0
    for low, high, number in ordered:
        below += number
        if below >= rank:
            return low, high
    raise AssertionError(f"rank {rank} of {below}")


def loss_ratio(where: str, sent: int, received: int) -> float:
    """Lost / sent; ConfigError, told at `where`, when more came back than could."""
    if sent < 1:
        raise ConfigError(f"{where}: {sent} packets sent; allowed: 1 or more")
    if received > MAX_GAIN * sent:
        raise ConfigError(
            f"{where}: {received} packets received of {sent} sent; allowed: at most "
            f"{MAX_GAIN - 1:.0%} more than were sent (frames of others)"
        )
    return max(0, sent - received) / sent


def check_frame_size(where: str, octets: float, least: int, most: int) -> None:
    """ConfigError unless the mean frame [B] of a file is one of `least` to `most`, by MAX_OFF.

    Some drivers count it without its FCS, whatever their program says.
    """
    if not (least - FCS) * (1 - MAX_OFF) <= octets <= most * (1 + MAX_OFF):
        raise ConfigError(
            f"{where}: frames of {octets:.1f} B on average; allowed: about {least} to {most}, as "
            "frame_size says"
        )
