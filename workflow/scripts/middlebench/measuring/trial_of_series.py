"""One trial of a series: a point, tried again where it gives no record."""

from collections.abc import Callable, Mapping
from typing import Any

from middlebench.errors import DutError, GeneratorError
from middlebench.measuring.parts import Parts
from middlebench.measuring.point import measure_point
from middlebench.records import record as records
from middlebench.records.identity import Rate
from middlebench.testbeds.places import Where

ERRORS = 3
"""How often a trial is tried that gives no record."""

NO_MORE: Mapping[str, str] = {}

Record = dict[str, Any]


def add_trial(
    tries: list[Record],
    rate: Rate,
    identity: Mapping[str, Any],
    settings: dict[str, Any],
    parts: Parts,
    calibration: dict[str, Any],
    host: Where,
    prepared: dict[str, str | None],
    made_from: Mapping[str, str],
    say: Callable[[str], None],
) -> None:
    """Measure a point of the series at this rate on a new DUT, and add its record to `tries`.

    The others are as `measure_point` takes them, `identity` without rate and repetition, which
    counts those of the rate, `made_from` without the settings.  DutError or GeneratorError when it
    gave no record ERRORS times.
    """
    of_rate = sum(record["identity"]["rate_mbit"] == rate for record in tries)
    point = {**identity, "rate_mbit": rate, "repetition": of_rate + 1}
    digests = {**made_from, "settings": records.settings_digest(settings)}
    for left in reversed(range(ERRORS)):
        try:
            tries.append(
                measure_point(point, settings, parts, calibration, host, prepared, digests)
            )
            break
        except (GeneratorError, DutError) as error:
            say(f"{error}; tried again {left} times at most")
            if not left:
                raise
