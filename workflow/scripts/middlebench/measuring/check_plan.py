"""What the functional check asks: which flows of the load's plan, and which strangers.

Flows are drawn from the whole plan and not from a figure's, so one check holds for every figure of
a function and none is repeated when flows are added.  One is drawn from each octave (1, 2 to 3, 4
to 7, ...): every figure begins with flow 0, so N flows have about log2(N) checked ones among them.
"""

import random
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from middlebench.functions import ends_of
from middlebench.measuring.load_plan import DISCARD_PORT, FIRST_PORT, FLOWS_MAX, Flow, plan_flow

TWINS = 4
"""Hosts that share source port and destination with another: behind one address they collide."""

EACH = 4
"""Strangers of each kind."""

LOOKALIKES = ("direct", "server", "untouched")
"""Kinds of strangers that have addresses and ports of an answer."""


class Stranger(NamedTuple):
    """What the outside begins: nobody asked for it."""

    kind: str
    flow: Flow


class Asked(NamedTuple):
    """What the inside begins."""

    canary: Flow
    """Shows that the ports are open; sent until it comes through, and judged by nothing."""
    outward: list[Flow]
    """Flows of the plan, the twins of some of them at the end."""
    untouched: list[str]
    """Hosts of the plan that begin nothing."""


def asked(seed: int) -> Asked:
    """The flows of the check for the load's `seed`."""
    dice = random.Random(seed)  # noqa: S311 - repeatable, and no secret
    octaves = [(2**power, min(2 ** (power + 1), FLOWS_MAX)) for power in range(24)]
    numbers = [0, *(dice.randrange(*octave) for octave in octaves[:-1]), FLOWS_MAX - 1]
    drawn = [plan_flow(number, seed) for number in numbers]
    others = iter(_others(dice, numbers, seed))
    pairs = zip(dice.sample(drawn, TWINS), others, strict=False)
    twins = [flow._replace(src=other.src) for flow, other in pairs]
    untouched = [next(others).src for _ in range(EACH)]
    return Asked(next(others), drawn + twins, untouched)


def _others(dice: random.Random, numbers: list[int], seed: int) -> Iterator[Flow]:
    """More flows of the plan, each once."""
    seen = set(numbers)
    while True:
        number = dice.randrange(FLOWS_MAX)
        if number not in seen:
            seen.add(number)
            yield plan_flow(number, seed)


def strangers(
    what: Asked, addresses: str | None, outside: Mapping[Flow, tuple[str, int]], seed: int
) -> list[Stranger]:
    """What the outside begins, EACH of every kind, to hosts and ports that the inside uses.

    `outside`: address and port by which a flow came out.  Kinds: `direct`, from a host that was
    never asked; `server`, from another port of one that was; `untouched`, to a host that never
    spoke; `high`, not from a service; `service`, to a service's port; `elsewhere`, from an address
    that is not outside; with SNAT `addresses` (one or `first-last`) `mapped`, `mapped_server`, to a
    port in use there, and `unmapped`.
    """
    dice = random.Random(seed)  # noqa: S311
    found = []
    for flow, untouched in zip(dice.sample(what.outward, EACH), what.untouched, strict=True):
        host, host_port = flow[:2]
        from_server = (flow.dst, _service(dice))
        found += [
            ("direct", _stranger(dice), host, host_port),
            ("server", from_server, host, host_port),
            ("untouched", _stranger(dice), untouched, host_port),
            ("high", (_stranger(dice)[0], _high(dice)), host, host_port),
            ("service", _stranger(dice), host, _service(dice)),
            ("elsewhere", (f"203.0.113.{dice.randrange(1, 255)}", DISCARD_PORT), host, host_port),
        ]
        if addresses:
            address, mapped = outside.get(flow, (ends_of(addresses)[0], host_port))
            used = {port for _, port in outside.values()}
            free = next(port for port in iter(lambda: _high(dice), None) if port not in used)
            found += [
                ("mapped", _stranger(dice), address, mapped),
                ("mapped_server", from_server, address, mapped),
                ("unmapped", _stranger(dice), address, free),
            ]
    return [Stranger(kind, Flow(*source, *target)) for kind, source, *target in found]


def _stranger(dice: random.Random) -> tuple[str, int]:
    """Address and port of an outside host to which no flow of the plan leads."""
    return f"198.19.{dice.randrange(256)}.{dice.randrange(1, 255)}", DISCARD_PORT


def _service(dice: random.Random) -> int:
    return dice.randrange(DISCARD_PORT + 1, FIRST_PORT)


def _high(dice: random.Random) -> int:
    return dice.randrange(FIRST_PORT, 65536)
