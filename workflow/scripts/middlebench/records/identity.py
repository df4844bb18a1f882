"""One cell of the grid, and where its record lies: the only place that knows the path."""

from dataclasses import dataclass

from middlebench.frame_mix import FrameSize, size_path

Rate = int | float
"""[Mbit/s]; a whole one is an integer, as it stands in names of files."""


@dataclass(frozen=True, order=True)
class Point:
    """One cell of the grid.

    `frame_size` [B, with FCS] or the name of a mix, `rate_mbit` [10^6 bit/s of frame bits],
    `repetition` from 1; `protocol`: udp or tcp.
    """

    testbed: str
    dut: str
    function: str
    frame_size: FrameSize
    flows: int
    rate_mbit: Rate
    repetition: int
    protocol: str = "udp"

    @property
    def path(self) -> str:
        """Where the record of this point is written, relative to the working directory."""
        return (
            f"results/{self.testbed}/points/{self.dut}/{self.function}/"
            f"{size_path(self.frame_size)}_{self.flows}flows{suffix(self.protocol)}/"
            f"{self.rate_mbit}mbit_{self.repetition}.json"
        )


def whole_if_possible(rate_mbit: Rate) -> Rate:
    """A rate as it stands in names of files and in records.

    >>> whole_if_possible(500.0), whole_if_possible(0.5)
    (500, 0.5)
    """
    return int(rate_mbit) if rate_mbit == int(rate_mbit) else float(rate_mbit)


def rate_of(text: str) -> Rate:
    """The rate [Mbit/s] that a part of the name of a file says."""
    return whole_if_possible(float(text))


def suffix(protocol: str) -> str:
    """What a protocol adds to the names of files: nothing for udp, `_tcp` for tcp."""
    return "" if protocol == "udp" else f"_{protocol}"
