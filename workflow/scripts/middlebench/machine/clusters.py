"""Which of a machine's states a probe's times mean: found anew in each calibration.

A fixed piece of work takes longer while the hidden sibling of its core works for somebody else, and
a cache line takes longer between CPUs that are far from each other.  How long is no constant: it
differs by processor, and an idle core's time goes in steps with its frequency.  So both limits are
looked for in what calibrating saw, in densities over the logarithm of the cycles.
"""

import statistics
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from middlebench.machine.states import CPUS

MIN_PROBES = 100
"""Fewer say nothing."""

_STEP = np.log(1.002)  # of a density; buckets of a histogram are up to 1 % wide
_TIGHT, _LOOSE = np.log(1.006), np.log(1.1)  # how far work and trips are spread
_APART = 1.05  # idle times of neighbouring frequencies: steps of 4 % were seen
_REACH = 1.4  # what is slower than the fastest idle core by more is no idle one: busy was 1.5
_FAIR_MODE, _FAIR_DISTANCE, _BUSY_ONCE = 0.01, 0.1, 0.01  # shares of what was seen
_DISTINCT = 1.5  # between distances
_SURE = 5  # standard deviations of a count

Pairs = Sequence[Sequence[float]]
"""A histogram: [lower bound [cycles], count]."""


class Idle(NamedTuple):
    """How long the work takes on a core whose sibling is idle [cycles]."""

    fastest: float
    """The lowest mode."""
    busy: float
    """From here on the sibling is busy."""


class Density(NamedTuple):
    """Counts over the logarithm of cycles, smoothed: what lies near a place, as a count."""

    at: np.ndarray
    near: np.ndarray


def thresholds(probes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What tells a machine's states apart, from the `probe` section of each trial of a calibration.

    `busy_dut`, `busy_generator`, `far` [TSC cycles]: from there on the sibling of that CPU is busy,
    the CPUs are far from each other.  A `busy_*` of 0: too few probes to say; a `far` of 0: all
    trips are near.  `idle_<cpu>_cycles`: the median of idle ones, None when there were none.
    `core_<cpu>_mhz`: the core's clock, the median of the trials, None: not measured.  `found` says
    in words what was seen, a line each.
    """
    work = {cpu: _merged([probe[cpu]["work_cycles"] for probe in probes]) for cpu in CPUS}
    idle = {cpu: _idle(of) for cpu, of in work.items()}
    known = min((mode for mode in idle.values() if mode), default=None)
    result, found = {}, []
    for cpu, of in work.items():
        if known and (idle[cpu] is None or idle[cpu].fastest > _REACH * known.fastest):
            idle[cpu] = known  # never seen idle itself: the other CPU is of the same machine
        limit, result[f"idle_{cpu}_cycles"], words = _told(of, idle[cpu])
        result[f"busy_{cpu}"] = round(limit)
        clocks = [probe[cpu]["core_mhz"] for probe in probes if probe[cpu]["core_mhz"]]
        result[f"core_{cpu}_mhz"] = statistics.median(clocks) if clocks else None
        found.append(f"{cpu}'s CPU: {words}")
    far, words = _distance([probe["trip_cycles"] for probe in probes])
    return {**result, "far": round(far), "found": [*found, words]}


def _told(work: np.ndarray, idle: Idle | None) -> tuple[float, float | None, str]:
    """Limit, median idle time and words on one CPU."""
    total = work[:, 1].sum()
    if total < MIN_PROBES:
        return 0, None, f"{total:.0f} probes are too few to tell states"
    limit = idle.busy if idle else float(work[0, 0]) - 1
    is_idle = work[:, 0] < limit
    share = work[~is_idle, 1].sum() / total
    if share > 1 - _FAIR_MODE:
        return limit, None, "its sibling was never idle: all of it counts as shared"
    median = _median(work[is_idle])
    if share < _BUSY_ONCE:
        words = "one state only: bare metal, siblings avoided, or an idle host"
        return limit, median, f"{words} (idle {median:.0f} cycles, busy would be {limit:.0f})"
    words = f"sibling idle {median:.0f} cycles, busy from {limit:.0f} ({share:.0%} of the time)"
    return limit, median, words


def _idle(work: np.ndarray) -> Idle | None:
    """The lowest tight mode and those of neighbouring frequencies; None where there is none.

    A mode is tight when most of it stands out from what is beside it, by more than chance, and
    below it is next to nothing: what busy siblings make has peaks too, but in its midst.
    """
    total = work[:, 1].sum()
    if total < MIN_PROBES:
        return None
    density = _density(work, _TIGHT)
    peaks, about = find_peaks(density.near, prominence=0)
    heights, stands_out = density.near[peaks], about["prominences"]
    tight = peaks[
        (stands_out >= 0.5 * heights)
        & (stands_out >= _SURE * np.sqrt(heights))
        & (heights >= _FAIR_MODE * total)
    ]
    if not len(tight):
        return None
    first = last = tight[0]
    below = work[np.log(work[:, 0]) < density.at[first] - 3 * _TIGHT, 1].sum()
    if below > 0.25 * density.near[first]:
        return None
    fastest = float(np.exp(density.at[first]))
    for peak in tight[1:]:
        closes_up = density.at[peak] - density.at[last] <= np.log(_APART)
        if closes_up and density.at[peak] < np.log(_REACH * fastest):
            last = peak
    return Idle(fastest, _fallen_away(density, last, np.log(_REACH * fastest)))


def _fallen_away(density: Density, peak: int, limit: float) -> float:
    """The middle of where a density is low behind a peak, up to `limit` (a logarithm) [cycles]."""
    behind = np.arange(peak, max(peak + 2, np.searchsorted(density.at, limit)))
    near = density.near[behind]
    low = near <= max(2 * near.min(), 0.05 * near[0])
    start = int(np.argmax(low))
    end = start + int(np.argmin(np.append(low[start:], False)))
    return float(np.exp((density.at[behind[start]] + density.at[behind[end - 1]]) / 2))


def _distance(trials: Sequence[Pairs]) -> tuple[float, str]:
    """From how many cycles on a round trip is far, 0 where only one distance was seen; words.

    A distance is most of some trial: it changes between trials.  Two CPUs that are put on one core
    for moments make a few short trips in many trials, which is none.
    """
    trips = _merged(trials)
    total = trips[:, 1].sum()
    if total < MIN_PROBES:
        return 0, f"{total:.0f} round trips are too few: all count as near"
    density = _density(trips, _LOOSE)
    peaks, _ = find_peaks(density.near, height=0.01 * total)
    edges = [_lowest(density, one, other) for one, other in pairwise(peaks)]
    bounds = [0.0, *edges, np.inf]
    each = [_shares(_merged([trial]), bounds) for trial in trials if trial]
    fair = (_shares(trips, bounds) >= _FAIR_DISTANCE) & (np.max(each, axis=0) > 0.5)
    distances = [
        (np.exp(density.at[peak]), bounds[n + 1]) for n, peak in enumerate(peaks) if fair[n]
    ]
    for (near, edge), (far, _) in pairwise(distances):
        if far >= _DISTINCT * near:
            words = f"near at {near:.0f} cycles a trip, far at {far:.0f} (from {edge:.0f})"
            return edge, f"CPUs {words}"
    return 0, f"one distance between the CPUs: {_median(trips):.0f} cycles a trip"


def _merged(histograms: Sequence[Pairs]) -> np.ndarray:
    """One histogram of several, rows sorted by cycles; what is below a cycle is none."""
    rows = [row for histogram in histograms for row in histogram if row[0] >= 1]
    table = np.array(rows, dtype=float).reshape(-1, 2)
    cycles, place = np.unique(table[:, 0], return_inverse=True)
    return np.column_stack([cycles, np.bincount(place, table[:, 1], len(cycles))])


def _density(histogram: np.ndarray, spread: float) -> Density:
    """Smoothed by a normal distribution of that standard deviation (of the logarithm)."""
    at = np.log(histogram[:, 0])
    margin = 5 * spread + np.log(_REACH)
    places = np.rint((at - at[0] + margin) / _STEP).astype(int)
    counts = np.bincount(places, histogram[:, 1], places[-1] + int(margin / _STEP) + 1)
    width = np.sqrt(2 * np.pi) * spread / _STEP  # so that what is at one place keeps its count
    near = width * gaussian_filter1d(counts, spread / _STEP, mode="constant")
    return Density(at[0] - margin + _STEP * np.arange(len(counts)), near)


def _lowest(density: Density, one: int, other: int) -> float:
    """Where the density between two peaks is lowest, in the middle where it is so for long."""
    between = density.near[one : other + 1]
    places = np.flatnonzero(between <= between.min() + 1e-3)
    return float(np.exp(density.at[one + places].mean()))


def _shares(histogram: np.ndarray, bounds: Sequence[float]) -> np.ndarray:
    """The share of a histogram between each two bounds."""
    counts, _ = np.histogram(histogram[:, 0], bounds, weights=histogram[:, 1])
    return counts / max(counts.sum(), 1)


def _median(histogram: np.ndarray) -> float:
    below = np.cumsum(histogram[:, 1])
    return float(histogram[np.searchsorted(below, below[-1] / 2), 0])
