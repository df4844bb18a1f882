"""What follows from the counters of a part of a window: packets/s, and what was not carried."""

from typing import Any

QUEUED = 0.005
"""How many fewer packets [ratio] may come back in clean time than were sent in it by chance, as
some more or fewer are on their way at the ends of its pieces.  Of 22 trials with 0.1 to 0.8 of what
the DUT carries, beside other programs, none had more than 0.0006; one more, in which the DUT stood
still by itself, had 0.008."""


def loss_and_rates(part: dict[str, Any], virtual: bool) -> dict[str, Any]:
    """What follows from the counters of a part: lost, packets/s, shortfall_ratio, loss_ratio.

    On a virtual testbed the queue that refused a packet is the DUT's own, so a refused packet is
    lost; on hardware it is the generator's, and it was not offered.  `put_pps` is what was put into
    the DUT so.  Rates are None without time, ratios without packets.

    A queue that was emptied while the generator stood still takes what is too much for the DUT
    until it is full again: then nothing is lost, and fewer come back in that time than are sent, by
    shortfall_ratio (below 0: more).  Beyond QUEUED that is what the DUT did not carry, so it is the
    loss ratio where it is more than what was lost.
    """
    seconds = part["duration_s"]
    put = part["sent"] + (part["refused"] if virtual else 0)
    lost = put - part["received"]
    counts = {name: part[name] for name in ("offered", "sent", "received", "arrived")}
    rates = {
        f"{name}_pps": round(count / seconds, 3) if seconds else None
        for name, count in (counts | {"put": put}).items()
    }
    if not put:
        return {"lost": lost, **rates, "shortfall_ratio": None, "loss_ratio": None}
    short = (put - part["arrived"]) / put
    loss = max(lost / put, short if short > QUEUED else 0)
    return {"lost": lost, **rates, "shortfall_ratio": short, "loss_ratio": loss}
