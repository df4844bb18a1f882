"""What TRex's stateless client tells, as JSON (trex-core 27e0153; paths below are in
scripts/automation/trex_control_plane/interactive/trex/).

- `stats`: what STLClient.get_stats() returns (stl/trex_stl_client.py:1490-1510), written by
  json.dump: `total` sums all ports (common/trex_client.py:2926-2935), its packets since
  clear_stats(), its rates of the last moment, 0 after the traffic (common/stats/
  trex_port_stats.py:72-92); `latency` has a group for each packet group id, and one `global`.
- `ndr`: what examples/stl/stl_ndr_bench_tool.py --output writes (:104-106), {results, config}
  (examples/stl/ndr_bench.py:396-401, 239-253, 729-740): the last state of a search.

Latencies are in us.  `average` is a moving one (trex_stl_client.py:1659-1668) and no mean, so none
is taken from it.  The histogram (src/time_histogram.cpp:115-140, 284-307) counts with one digit:
{"10": 5, "200": 1} are 5 from 10 to 20 and 1 from 200 to 300 us; "0" are those below 10 us; what
took a second or longer is in none.
"""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from middlebench.errors import ConfigError
from middlebench.files import strict_json
from middlebench.imported.point import (
    THROUGHPUT,
    TRIAL,
    Latency,
    Point,
    check_frame_size,
    latency_of,
    loss_ratio,
)
from middlebench.units import BITS_PER_MBIT, rate_mbit

NS_PER_US = 1000

BUCKETS_US = {0: 10} | {
    digit * 10**decade: (digit + 1) * 10**decade for decade in range(1, 6) for digit in range(1, 10)
}
"""Where each bucket of the histogram begins and ends [us]."""


class Node:
    """A value in a JSON document, with the way to it for the line that refuses it."""

    def __init__(self, path: str, value: Any, keys: tuple[str, ...] = ()) -> None:
        self.value, self._path, self._keys = value, path, keys

    @property
    def where(self) -> str:
        """The file, and the keys down to here."""
        return f"{self._path}: {'.'.join(self._keys)}" if self._keys else self._path

    def __getitem__(self, key: str) -> "Node":
        below = Node(self._path, None, (*self._keys, key))
        if not isinstance(self.value, dict):
            raise ConfigError(f"{self.where}: {_shown(self.value)}; allowed: an object")
        if key not in self.value:
            raise ConfigError(f"{below.where}: is missing; allowed: what TRex writes there")
        below.value = self.value[key]
        return below

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """Key and value of all that is in an object."""
        if not isinstance(self.value, dict):
            raise ConfigError(f"{self.where}: {_shown(self.value)}; allowed: an object")
        return ((key, self[key]) for key in self.value)

    def number(self) -> float:
        """The value as a number, 0 or more."""
        value = self.value
        known = isinstance(value, int | float) and not isinstance(value, bool)
        if not (known and math.isfinite(value) and value >= 0):
            raise ConfigError(f"{self.where}: {_shown(value)}; allowed: a number, 0 or more")
        return value

    def count(self) -> int:
        """The value as a whole number, 0 or more."""
        value = self.number()
        if not isinstance(value, int):
            raise ConfigError(f"{self.where}: {_shown(value)}; allowed: a whole number, 0 or more")
        return value


def stats(file: Mapping[str, Any], frame_size: int) -> list[Point]:
    """The point that get_stats() told of; its packets/s are those of `duration_s`, if given."""
    document = _read(file["path"])
    total = document["total"]
    sent, received = total["opackets"].count(), total["ipackets"].count()
    lost = loss_ratio(total.where, sent, received)
    octets = total["obytes"].count() / sent
    check_frame_size(total["obytes"].where, octets, frame_size, frame_size)
    seconds = file.get("duration_s")
    offered, came = (
        (sent / seconds, received / seconds)
        if seconds
        else (total["tx_pps"].number(), total["rx_pps"].number())
    )
    if not offered:
        raise ConfigError(
            f"{total['tx_pps'].where}: 0, so the traffic had ended; allowed: statistics of while "
            "it was sent, or duration_s in the configuration"
        )
    return [
        Point(
            TRIAL,
            offered,
            sent=sent,
            received=received,
            loss_ratio=lost,
            received_pps=came,
            duration_s=seconds,
            latency=_latency({k: of["latency"] for k, of in _groups(document["latency"])}),
        )
    ]


def ndr(file: Mapping[str, Any], frame_size: int) -> list[Point]:
    """What a search for a non-drop rate found; ConfigError when it ended without."""
    document = _read(file["path"])
    results, config = document["results"], document["config"]
    for found, limit in (
        ("drop_rate_percentage", "pdr"),
        ("queue_full_percentage", "q_full_resolution"),
    ):
        most, percent = config[limit].number(), results[found].number()
        if percent > most:
            raise ConfigError(
                f"{results[found].where}: {percent:g}; allowed: at most config.{limit}, {most:g}: "
                "the search found no rate that meets it"
            )
    pps = results["tx_pps"].number()
    if not pps:
        raise ConfigError(f"{results['tx_pps'].where}: 0; allowed: above 0")
    told = results["tx_bps"].number() / BITS_PER_MBIT
    octets = frame_size * told / rate_mbit(pps, frame_size)
    check_frame_size(results["tx_bps"].where, octets, frame_size, frame_size)
    return [
        Point(
            THROUGHPUT,
            pps,
            loss_ratio=results["drop_rate_percentage"].number() / 100,
            received_pps=results["rx_pps"].number(),
            allowed_loss_ratio=config["pdr"].number() / 100,
            latency=_latency(dict(_groups(results["latency"]))),
        )
    ]


def _read(path: str) -> Node:
    try:
        return Node(path, strict_json.parse(Path(path).read_bytes()))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: no JSON: {error}; allowed: what json.dump writes") from error


def _groups(latency: Node) -> Iterator[tuple[str, Node]]:
    """The packet groups of `latency`, by id: what else is there has no number for its key."""
    return ((key, of) for key, of in latency.items() if key.isdecimal())


def _latency(groups: Mapping[str, Node]) -> Latency | None:
    """The latencies of all packet groups together; None when none was measured."""
    if not groups:
        return None
    buckets, ends = [], []
    for group in groups.values():
        counted = [bucket for key, of in group["histogram"].items() if (bucket := _bucket(key, of))]
        buckets += counted
        if counted:
            ends.append([NS_PER_US * group[name].number() for name in ("total_min", "total_max")])
    least, most = (
        min((low for low, _ in ends), default=0),
        max((high for _, high in ends), default=0),
    )
    return latency_of(buckets, None, (least, most))


def _bucket(key: str, of: Node) -> tuple[float, float, int] | None:
    low = int(key) if key.isdecimal() and len(key) < 9 else None
    if low not in BUCKETS_US:
        raise ConfigError(f"{of.where}: no bucket of TRex; allowed: 0, 10, 20, ..., 900000 [us]")
    count = of.count()
    return (NS_PER_US * low, NS_PER_US * BUCKETS_US[low], count) if count else None


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
