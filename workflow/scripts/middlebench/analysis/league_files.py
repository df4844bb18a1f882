"""The files that the league is made of: of each series its trials, of each DUT what was found out.

What is not whole, was changed, or is of another thing than it says is refused in one line.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from middlebench.analysis.trials import trial_fault
from middlebench.errors import RecordError
from middlebench.files import seal
from middlebench.measuring.series import SCHEMA
from middlebench.records.identity import Rate

_SERIES = {"identity": dict, "settings": dict, "calibration": dict, "tries": list, "ended": str}
_TRIED = {"identity": dict, "starts_s": list, "memory": dict}


def read_series(path: str | Path) -> dict[str, Any]:
    """The file of a series.

    RecordError unless it is sealed, and each trial is a record that can be believed, of that series
    and with its settings.
    """
    again = "to measure the series again"
    what = f"the trials of a series of the league, of schema {SCHEMA}"
    found = seal.read(path, what, again, _form(_SERIES))
    of_rates: Counter[Rate] = Counter()
    for number, trial in enumerate(found["tries"], start=1):
        reason = trial_fault(
            found["identity"], lambda _: found["settings"]["trial"], trial, of_rates
        )
        if reason:
            raise RecordError(f"{path}: trial {number}: {reason}; delete the file {again}")
    return found


def read_tried(path: str | Path) -> dict[str, Any]:
    """What was found out about a DUT with a function; RecordError unless it is sealed."""
    return seal.read(path, "what was found out about a DUT", "to try it again", _form(_TRIED))


def _form(keys: dict[str, type]) -> seal.Form:
    """What is wrong with the keys of a file that has to have these."""

    def fault(found: dict[str, Any]) -> str | None:
        if type(found.get("schema")) is not int or found["schema"] != SCHEMA:
            return f"schema is {str(found.get('schema'))[:40]}"
        wrong = [key for key, kind in keys.items() if not isinstance(found.get(key), kind)]
        return f"{wrong[0]} is missing" if wrong else None

    return fault
