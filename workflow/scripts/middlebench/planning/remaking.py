"""Which results of a workflow are kept, and which Snakemake is told to make again, in words.

Used while Snakemake reads the rules; `keeping` compares one result with what is wanted.
"""

import json
import os
import stat
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from middlebench.errors import RecordError
from middlebench.provenance.keeping import misfit


class Remaking:
    """What of a run is made again because it does not fit.

    `forced` gives the set of paths that Snakemake makes in any case: there is none before it plans.
    `say` takes each reason once, in one line.
    """

    def __init__(self, forced: Callable[[], set[str]], say: Callable[[str], None]) -> None:
        self._forced = forced
        self._say = say
        self._ours: set[str] = set()
        self._said: set[str] = set()

    def keeps(
        self, path: str, wanted: Mapping[str, str], settings: Mapping[str, Any] | None
    ) -> bool:
        """Does the file in `path` fit, made from `wanted`?  If not, it is made again."""
        try:
            why, whose = misfit(Path(path), wanted, settings), f" ({path} is the first)"
        except RecordError as error:
            why, whose = str(error), ""
        if why is None:
            if path in self._ours:  # made in this run
                self._forced().discard(path)
            return True
        self._forced().add(path)
        self._ours.add(path)
        self._tell_once(why, whose)
        return False

    def makes(self, path: str, why: str, first: str) -> None:
        """Make a file in any case; `first`: the first one that is why."""
        self._forced().add(path)
        if _version(path):
            self._tell_once(why, f" ({first} is the first)")

    def _tell_once(self, why: str, whose: str) -> None:
        if why not in self._said:
            self._said.add(why)
            self._say(f"middlebench: made again: {why}{whose}")


class Fits:
    """A function of wildcards: does the output that they name fit?  What does not is made again.

    `made_from` and `settings` (JSON, for the words) are functions of wildcards too.  Snakemake asks
    several times: a file is read again only when it is another one, or something else is wanted.
    """

    def __init__(
        self,
        remaking: Remaking,
        pattern: str,
        made_from: Callable[[Any], Mapping[str, str]],
        settings: Callable[[Any], str] | None = None,
    ) -> None:
        self._remaking = remaking
        self._pattern = pattern
        self._made_from = made_from
        self._settings = settings
        self._looked: dict[str, tuple[tuple, bool]] = {}

    def __call__(self, wildcards: Any) -> bool:
        """Whether it does; also not when there is no such file."""
        path = self._pattern.format(**dict(wildcards.items()))
        version = _version(path)
        if version is None:
            return False
        wanted = self._made_from(wildcards)
        state = (*version, wanted)
        if path not in self._looked or self._looked[path][0] != state:
            told = json.loads(self._settings(wildcards)) if self._settings else None
            self._looked[path] = (state, self._remaking.keeps(path, wanted, told))
        return self._looked[path][1]


def made_without_points(testbeds: Iterable[str], programs: Iterable[str]) -> list[Path]:
    """The figures, tables and programs that are there, whoever made them."""
    made = [Path("report.html"), *Path("figures").glob("*.*"), *Path("results").glob("*.csv")]
    made += [*Path("figures/imported").glob("*.*"), *Path("results/imported").glob("**/*.*")]
    for program in programs:
        made += Path(program).parent.glob("*")
    for testbed in testbeds:
        for kind in ("*.csv", "figures/*/*.csv", "figures/*/*.rst", "report/**/*.*"):
            made += Path("results", testbed).glob(kind)
    return [path for path in made if path.is_file()]


def _version(path: str) -> tuple[int, int] | None:
    """What differs when a file was written anew; None when there is no file."""
    try:
        at = os.stat(path)  # noqa: PTH116 - called for every point; a Path takes longer than the call
    except OSError:
        return None
    return (at.st_mtime_ns, at.st_ino) if stat.S_ISREG(at.st_mode) else None
