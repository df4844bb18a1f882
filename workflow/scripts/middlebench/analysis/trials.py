"""Trials that lie in the file of their series: is each what it should be?"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from middlebench.files import fast_schema
from middlebench.records import rules
from middlebench.records.identity import Point, Rate


def trial_fault(
    identity: Mapping[str, Any],
    settings_of: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    trial: Any,
    of_rates: Counter[Rate],
) -> str | None:
    """Why a record cannot be the next one of a series that has so many of each rate.

    `identity` is that of the series, without rate and repetition; `settings_of` gives what the
    settings of a trial are to be.  `of_rates` counts it.
    """
    if reason := fast_schema.fault("point", trial):
        return reason
    if reason := rules.fault(trial, Point(**trial["identity"]).path):
        return reason
    cell = {key: of for key, of in trial["identity"].items() if key in identity}
    if cell != identity:
        return "identity is that of another series"
    if trial["settings"] != settings_of(trial):
        return "settings are not those of the series"
    rate = trial["identity"]["rate_mbit"]
    of_rates[rate] += 1
    if trial["identity"]["repetition"] != of_rates[rate]:
        return f"identity.repetition is not {of_rates[rate]}: one before it is missing"
    return None
