"""What users supply to a DUT, and what they may call its ports.  Read for drawings too."""

from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from middlebench.errors import DutError
from middlebench.files.text import read_text

PORTS = ("inside", "outside")
"""Port 1 and port 2 of a DUT; softgen sends into the first and receives from the second."""


def as_used(program: Path, settings: Mapping[str, Any]) -> str:
    """The text of rules as a DUT gets them (and as the report lists them, and the drawing reads).

    `settings` stand in place of ${...}, but in comments, which begin with #.  DutError when one of
    these is no setting, ConfigError when there is no text.
    """
    text = read_text(program)
    if "$" not in text:
        return text
    lines = enumerate(text.split("\n"), start=1)
    return "\n".join(_filled(line, settings, f"{program}:{number}") for number, line in lines)


def _filled(line: str, settings: Mapping[str, Any], where: str) -> str:
    rule, sign, comment = line.partition("#")
    try:
        return Template(rule).substitute(settings) + sign + comment
    except (KeyError, ValueError) as error:
        named = f"${{{error.args[0]}}}" if isinstance(error, KeyError) else "$"
        known = ", ".join(f"${{{key}}}" for key in settings)
        raise DutError(
            f"{where}: {named}, which no setting fills; allowed: {known or 'none here'}"
        ) from error
