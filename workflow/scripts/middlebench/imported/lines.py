"""Lines of numbers, read strictly: what is wrong is told with file, line and field."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from middlebench.errors import ConfigError
from middlebench.files.text import read_text

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
_COUNT = re.compile(r"\d{1,18}", re.ASCII)
_SHOWN = 40


@dataclass(frozen=True)
class Line:
    """A line of a file, split at its commas; `names` are what its fields are called."""

    where: str
    names: Sequence[str]
    fields: list[str]

    def number(self, name: str, least: float = 0) -> float:
        """A field as a finite number of at least `least`."""
        text = self.fields[self.names.index(name)]
        value = float(text) if _NUMBER.fullmatch(text) else math.nan
        if not (math.isfinite(value) and value >= least):
            raise self._fault(name, text, f"a number, {least:g} or more")
        return value

    def positive(self, name: str) -> float:
        """A field as a finite number above 0."""
        value = self.number(name)
        if not value:
            raise self._fault(name, self.fields[self.names.index(name)], "a number above 0")
        return value

    def count(self, name: str) -> int:
        """A field as a whole number, 0 or more."""
        text = self.fields[self.names.index(name)]
        if not _COUNT.fullmatch(text):
            raise self._fault(name, text, "a whole number, 0 or more")
        return int(text)

    def _fault(self, name: str, text: str, allowed: str) -> ConfigError:
        return ConfigError(f"{self.where}: {name}: {text[:_SHOWN]!r}; allowed: {allowed}")


def whole_lines(path: str) -> list[str]:
    """The lines of a text file that was written to its end: the last one ends too."""
    text = read_text(path)
    if text and not text.endswith("\n"):
        raise ConfigError(
            f"{path}:{text.count(chr(10)) + 1}: the last line does not end, the file was cut; "
            "allowed: a file that was written to its end"
        )
    return text.split("\n")[:-1]


def table(path: str, lines: Sequence[str], names: Sequence[str], first: int = 1) -> Iterator[Line]:
    """The lines of a table that are not empty; the first of `lines` has the number `first`."""
    for number, text in enumerate(lines, first):
        if not text.strip():
            continue
        fields, where = [field.strip() for field in text.split(",")], f"{path}:{number}"
        if len(fields) != len(names):
            raise ConfigError(
                f"{where}: {len(fields)} fields; allowed: {len(names)} ({', '.join(names)})"
            )
        yield Line(where, names, fields)
