"""The offered rates of a series, by what `rates_mbit` of the configuration is.

A mapping of from, to and step [Mbit/s] is a `Sweep`, upwards, coarse and then fine; a list or a
number [Mbit/s] is `Listed`, just these rates; a mapping that says `find` is `Found`: the series
finds its rates itself, and nothing else of the mapping counts.  `kind_of` tells which; nobody else
looks into `rates_mbit`.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, overload

from middlebench.errors import ConfigError
from middlebench.records.identity import Rate, whole_if_possible

COARSE, FINE = "coarse", "fine"
"""The stages of a sweep."""

MAX_DECIMALS = 3
"""Of a rate [Mbit/s], as it stands in names of files."""

MAX_RATES = 1_000_000
"""Coarse and fine: more are those of a mistyped step."""

_CHUNKS = 4  # of the coarse list: more would wait more often, fewer would measure more in vain


class Kind:
    """What is asked of the rates of a series; a kind says what is another way with it.

    `repetitions` is the configuration's.
    """

    coarse: Sequence[Rate]
    """All rates but the fine ones, upwards."""

    possible: Sequence[Rate]
    """Every rate, coarse or fine, that a series may come to."""

    highest_key = ""
    """Where in `rates_mbit` the highest rate stands, behind a dot."""

    skip_after = 0
    """So many overloaded rates in a row, and the higher ones are skipped; 0: never."""

    most_fine = 0
    """Fine rates of a series at most."""

    half_width = 0.0
    """A share of the capacity: known so well, a series ends; 0: it ends with its rates."""

    def first(self) -> Sequence[Rate]:
        """The rates that are measured in any case."""
        return self.coarse

    def words(self) -> str:
        """What the offered rate is, for captions: `goes from 100 to ...`."""
        raise NotImplementedError

    def fine(self, low: Rate, high: Rate) -> list[Rate]:
        """The rates that refine the sweep between two coarse ones."""
        return []

    def stage(self, rate_mbit: Rate) -> str | None:
        """Which stage of a sweep may measure this rate; None when neither does."""
        if rate_mbit in self.coarse:
            return COARSE
        return FINE if rate_mbit in self.possible else None

    def most_tries(self, repetitions: Mapping[str, Any]) -> int:
        """How often a rate is measured at most, disturbed tries included."""
        return repetitions["max"] + repetitions["retries"]

    def most_points(self, repetitions: Mapping[str, Any]) -> int:
        """How many points a series has at most."""
        return (len(self.coarse) + self.most_fine) * self.most_tries(repetitions)

    def may_grow(self, repetitions: Mapping[str, Any]) -> bool:
        """May a rate be measured again because its repetitions differ?"""
        return self.most_tries(repetitions) > repetitions["min"]

    def check(self, where: str, repetitions: Mapping[str, Any]) -> None:
        """ConfigError where its parts do not fit; `where` is the place of `rates_mbit`."""


class Listed(Kind):
    """These rates [Mbit/s], and no others."""

    def __init__(self, said: Sequence[Rate] | Rate) -> None:
        rates = said if isinstance(said, Sequence) else [said]
        self.coarse = tuple(sorted({whole_if_possible(rate) for rate in rates}))
        self.possible = self.coarse
        self._said = rates

    def words(self) -> str:
        """All of them."""
        return f"is {', '.join(map(str, self.coarse))} Mbit/s"

    def check(self, where: str, repetitions: Mapping[str, Any]) -> None:
        """No rate twice, none too fine."""
        for rate in self._said:
            _check_decimals(where, rate)
        if len(self.coarse) < len(self._said):
            raise ConfigError(f"{where}: has a value twice; allowed: each rate once")


class Sweep(Kind):
    """Upwards from a rate to another by a step, and fine where the knee may lie."""

    highest_key = ".to"

    def __init__(self, said: Mapping[str, Any]) -> None:
        self._said = said
        self._refine = said.get("refine")
        self.skip_after = said.get("skip_after") or 0
        self.most_fine = self._refine["max_points"] if self._refine else 0

    @cached_property
    def coarse(self) -> Sequence[Rate]:
        """`to` is included when a step meets it."""
        return _upwards(self._said["from"], self._said["to"], self._said["step"])

    @cached_property
    def possible(self) -> Sequence[Rate]:
        """All that the fine step meets."""
        step = (self._refine or self._said)["step"]
        return _upwards(self._said["from"], self._said["to"], step)

    @property
    def chunk(self) -> int:
        """How many rates are measured at once, until enough in a row are overloaded."""
        count = len(self.coarse)
        return max(self.skip_after, math.ceil(count / _CHUNKS)) if self.skip_after else count

    def words(self) -> str:
        """From where to where, by which steps, and what is left out or added."""
        told = "goes from {from} to {to} Mbit/s in steps of {step} Mbit/s".format(**self._said)
        if self.skip_after:
            told += f", unless {self.skip_after} rates in a row are overloaded"
        if self._refine:
            told += "; where the knee may lie, in steps of {step} Mbit/s or wider".format(
                **self._refine
            )
        return told

    def first(self) -> Sequence[Rate]:
        """A part of the list."""
        return self.coarse[: self.chunk]

    def fine(self, low: Rate, high: Rate) -> list[Rate]:
        """At most `max_points`: where the step would give more, it is a multiple of itself."""
        step = self._refine["step"]
        for widened in _upwards(step, high, step):
            between = [rate for rate in _upwards(low, high, widened) if low < rate < high]
            fine = [rate for rate in between if rate not in self.coarse]
            if len(fine) <= self.most_fine:
                return fine
        return []

    def check(self, where: str, repetitions: Mapping[str, Any]) -> None:
        """Nothing is missing, upwards, and the fine step is a part of the coarse one."""
        said = self._said
        if missing := [key for key in ("from", "to", "step") if key not in said]:
            raise ConfigError(
                f"{where}.{missing[0]}: is missing; allowed: a number (offered rate [Mbit/s]), "
                "or `find`"
            )
        for key in ("from", "to", "step"):
            _check_decimals(f"{where}.{key}", said[key])
        if said["from"] > said["to"]:
            raise ConfigError(f"{where}.from: {said['from']}; allowed: at most `to`, {said['to']}")
        if self._refine:
            _check_decimals(f"{where}.refine.step", self._refine["step"])
            step, fine = said["step"], self._refine["step"]
            if _exactly(step) % _exactly(fine) or step == fine:
                raise ConfigError(
                    f"{where}.refine.step: {fine}; allowed: a part of `step`, {step}, without a "
                    "remainder"
                )
        if len(self.possible) > MAX_RATES:
            raise ConfigError(f"{where}: {len(self.possible)} rates; allowed: at most {MAX_RATES}")


FEW_TRIALS = 4
"""So many trials has a series that finds its own range, however long each takes: where flows are
learned for seconds, one on the way, and as many as tell more than one does."""


class Found(Kind):
    """A series finds its own rates in a range, all of them coarse: see analysis.sequential."""

    highest_key = ".find.to"

    def __init__(self, said: Mapping[str, Any]) -> None:
        self.find = said["find"]
        self.coarse = self.possible = range(self.find["from"], self.find["to"] + 1)

    @property
    def half_width(self) -> float:
        """As `find` says."""
        return self.find["half_width"]

    def first(self) -> Sequence[Rate]:
        """The one to start with."""
        return [self.find["start"]]

    def most_tries(self, repetitions: Mapping[str, Any]) -> int:
        """All of them, at worst."""
        return self.find["max_trials"]

    def most_points(self, repetitions: Mapping[str, Any]) -> int:
        """However they are spread over rates."""
        return self.find["max_trials"]

    def words(self) -> str:
        """From where to where it looks."""
        find = self.find
        return (
            f"is found from {find['from']} to {find['to']} Mbit/s, first {find['start']}, until "
            f"the capacity is known to {self.half_width:.2%}"
        )

    def may_grow(self, repetitions: Mapping[str, Any]) -> bool:
        """It counts trials, and no repetitions."""
        return False

    def check(self, where: str, repetitions: Mapping[str, Any]) -> None:
        """It starts in its range, and there may be trials after the first ones."""
        find, least = self.find, repetitions["min"]
        if not find["from"] <= find["start"] <= find["to"]:
            raise ConfigError(
                f"{where}.find.start: {find['start']}; allowed: {find['from']} to {find['to']}, "
                "from `from` to `to`"
            )
        if find["max_trials"] < least:
            raise ConfigError(
                f"{where}.find.max_trials: {find['max_trials']}; allowed: at least "
                f"repetitions.min, {least}"
            )


def kind_of(rates_mbit: Any) -> Kind:
    """Which kind a value of `rates_mbit` is, of the form that the schema allows."""
    if not isinstance(rates_mbit, Mapping):
        return Listed(rates_mbit)
    return Found(rates_mbit) if rates_mbit.get("find") else Sweep(rates_mbit)


def _upwards(first: Rate, last: Rate, step: Rate) -> Sequence[Rate]:
    if all(isinstance(value, int) for value in (first, last, step)):
        return range(first, last + 1, step)
    return _Fractions(*map(_exactly, (first, last, step)))


class _Fractions(Sequence[Rate]):
    """As range, with fractions, and `last` included when a step meets it."""

    def __init__(self, first: Decimal, last: Decimal, step: Decimal) -> None:
        self._first, self._last, self._step = first, last, step

    def __len__(self) -> int:
        return max(0, int((self._last - self._first) // self._step) + 1)

    @overload
    def __getitem__(self, at: int) -> Rate: ...
    @overload
    def __getitem__(self, at: slice) -> list[Rate]: ...
    def __getitem__(self, at: int | slice) -> Rate | list[Rate]:
        """IndexError ends a loop over it."""
        places = range(len(self))[at]
        if isinstance(at, slice):
            return list(map(self._rate, places))
        return self._rate(places)

    def __contains__(self, rate: Rate) -> bool:
        beyond = _exactly(rate) - self._first
        return 0 <= beyond <= self._last - self._first and beyond % self._step == 0

    def _rate(self, place: int) -> Rate:
        return whole_if_possible(float(self._first + place * self._step))


def _exactly(rate: Rate) -> Decimal:
    """0.1 and not what a computer makes of it."""
    return Decimal(str(rate))


def _check_decimals(where: str, rate: Rate) -> None:
    if _exactly(rate).normalize().as_tuple().exponent < -MAX_DECIMALS:
        raise ConfigError(f"{where}: {rate}; allowed: at most {MAX_DECIMALS} decimals [Mbit/s]")
