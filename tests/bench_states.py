"""What hidden states do to numbers here: what the probe costs, capacity by state over ten DUTs.

Absolute numbers are this machine's at this hour; how far fresh DUTs are apart, with all clean time
together and with states told apart, is what the claim of README is about.
"""

import math
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from middlebench.machine.states import WORDS, by_class
from middlebench.measuring.assembly import assembled
from middlebench.measuring.calibration import calibrate
from middlebench.measuring.parts import Assembly, Parts
from middlebench.measuring.probing import LIMITS, looking
from middlebench.records.record import columns, with_quantiles
from middlebench.units import line_rate_mbit, packets_per_second, rate_mbit

FRESH = 10
FLOWS = 100
OVERLOAD = 1.5
"""Load beside what the DUT carries: its capacity is what comes back."""

AT_LEAST_S = 0.05
"""Clean time of a state that says what a DUT carries in it."""

RATES_MBIT = (100, 300, 500)
LINKS_MBIT = (10_000, 25_000)


@contextmanager
def waiting() -> Iterator[list[tuple[float, int]]]:
    """Samples of (time [s], what the switch's polling thread has waited for its CPU [ns])."""
    samples, over = [], threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            for comm in Path("/proc").glob("[0-9]*/task/[0-9]*/comm"):
                try:
                    if comm.read_text(encoding="utf-8").startswith("pmd"):
                        waited = int((comm.parent / "schedstat").read_text("utf-8").split()[1])
                        samples.append((time.monotonic(), waited))
                except OSError:
                    continue

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield samples
    finally:
        over.set()
        thread.join()


def overload(made: Assembly, settings: dict, machine: dict | None, rate: float, run: int) -> dict:
    """A trial at so many packets/s, with states told apart by a calibration's limits or without."""
    states = {limit: machine[limit] for limit in LIMITS} if machine else None
    told = looking(settings, made, states)
    return made.generator.run_trial(rate_mbit(rate, 64), 64, FLOWS, told, run)


def probe_cost(parts: Parts, settings: dict, machine: dict, rate: float) -> None:
    """Print what share of its time the DUT's thread waits for its CPU, with the probe and without.

    A thread that polls waits only while another one runs: what it waits is what the probe takes.
    """
    chosen = settings | {"durations": settings["durations"] | {"window_ms": 2000}}
    shares: dict[bool, list[float]] = {True: [], False: []}
    for number in range(8):
        probed = number % 4 in (1, 2)
        with assembled(parts, settings["dut"]) as made, waiting() as samples:
            overload(made, chosen, machine if probed else None, rate, number)
        inside = samples[
            len(samples) // 3 : -len(samples) // 5
        ]  # start and end of a trial left out
        if len(inside) > 2:
            (begin, first), (end, last) = inside[0], inside[-1]
            shares[probed].append((last - first) / 1e9 / (end - begin))
    words = {
        how: ", ".join(f"{share:.2%}" for share in sorted(shares[how])) for how in (True, False)
    }
    print(f"probe: the DUT's thread waits for its CPU {words[True]} of the time with it, ", end="")
    print(f"{words[False]} without (another program takes whole percents)", flush=True)


def capacity_by_state(parts: Parts, settings: dict, machine: dict, rate: float) -> None:
    """Print what ten fresh DUTs carry, in all clean time together and in each state."""
    found: dict[str, list[float]] = defaultdict(list)
    for number in range(FRESH):
        with assembled(parts, settings["dut"]) as made:
            result = overload(made, settings, machine, rate, number)
        gated, states = result["gated"], result["states"]
        if gated["duration_s"]:
            found["all clean time"].append(gated["received"] / gated["duration_s"])
        seconds = by_class(states, False, "duration_s")
        received = by_class(states, False, "received")
        for name, clean_s in seconds.items():
            if name in WORDS and clean_s >= AT_LEAST_S:
                found[WORDS[name]].append(received[name] / clean_s)
    print(f"capacity of nat, 64 B, {FLOWS} flows, by state, over {FRESH} fresh DUTs:")
    for name, rates in found.items():
        middle = statistics.median(rates)
        apart = (max(rates) - min(rates)) / middle
        print(
            f"  {name}: {middle / 1e3:.0f} kpps, {apart:.1%} apart, {len(rates)} DUTs"
            f" ({', '.join(f'{rate / 1e3:.0f}' for rate in rates)})",
            flush=True,
        )


def due_and_sent(parts: Parts, settings: dict) -> None:
    """Print latency from when packets were due beside that from when they were sent."""
    for rate in RATES_MBIT:
        with assembled(parts, settings["dut"]) as made:
            gated = made.generator.run_trial(rate, 64, FLOWS, settings, rate)["gated"]
        if not gated["latency"]:
            print(f"latency at {rate} Mbit/s: no clean time")
            continue
        said = []
        for key, words in (("latency", "from due"), ("latency_sent", "from sent")):
            made_of = with_quantiles(columns(gated[key]))
            p50, p99 = (made_of[f"{name}_ns"] / 1e3 for name in ("p50", "p99"))
            said.append(f"{words} median {p50:.1f} us, p99 {p99:.1f} us")
        print(f"latency at {rate} Mbit/s: {'; '.join(said)}", flush=True)


def cores(found: dict) -> None:
    """Print what a packet costs softgen's core, and how many cores a link's line rate takes."""
    pps, mhz = found["ceiling_pps"], found["machine"]["core_generator_mhz"]
    cost = f"{mhz * 1e6 / pps:.0f} cycles of its core" if mhz else f"{1e9 / pps:.0f} ns"
    print(f"softgen sends, receives and times a packet of 64 B in {cost}; line rate: ", end="")
    lines = {link: packets_per_second(line_rate_mbit(link, 64), 64) for link in LINKS_MBIT}
    needed = (f"{link // 1000} GbE {math.ceil(of / pps)} cores" for link, of in lines.items())
    print(f"{', '.join(needed)}, if each has its own share of the flows", flush=True)


def states(forward: Parts, nat: Parts, settings: dict, calibration: dict) -> None:
    """All of it; `settings` are a point's, `calibration` those of one."""
    found = calibrate("wire", 64, FLOWS, calibration, forward.generator)
    machine = found["machine"]
    print(f"states: {'; '.join(machine['found'])}", flush=True)
    cores(found)
    with assembled(nat, settings["dut"]) as made:
        raw = overload(made, settings, None, found["ceiling_pps"], 99)["raw"]
    rate = OVERLOAD * raw["received"] / raw["duration_s"]
    capacity_by_state(nat, settings, machine, rate)
    probe_cost(nat, settings, machine, rate)
    due_and_sent(forward, settings)
