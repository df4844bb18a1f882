"""One cell of the grid, and where its record lies: the only place that knows the path."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Point:
    """One cell of the grid.

    `frame_size` [B, with FCS], `rate_mbit` [10^6 bit/s of frame bits], `repetition` from 1;
    `protocol`: udp or tcp.
    """

    testbed: str
    dut: str
    function: str
    frame_size: int
    flows: int
    rate_mbit: int
    repetition: int
    protocol: str = "udp"

    @property
    def path(self) -> str:
        """Where the record of this point is written, relative to the working directory."""
        return (
            f"results/{self.testbed}/points/{self.dut}/{self.function}/"
            f"{self.frame_size}b_{self.flows}flows{suffix(self.protocol)}/"
            f"{self.rate_mbit}mbit_{self.repetition}.json"
        )


def suffix(protocol: str) -> str:
    """What a protocol adds to the names of files: nothing for udp, `_tcp` for tcp."""
    return "" if protocol == "udp" else f"_{protocol}"
