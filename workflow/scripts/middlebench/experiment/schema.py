"""The schema of the configuration, with what the registries know filled in.

jsonschema and yaml are imported where they are used: Snakemake reads this module on every call.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from middlebench.duts.registry import DUTS, Entry
from middlebench.files.strict_yaml import safe_loader
from middlebench.functions import DROPPED, KNOWN, LADDER, LOOKALIKES, PASSES
from middlebench.generators import GENERATORS

SCHEMA_PATH = Path(__file__).parents[3] / "schemas" / "config.schema.yaml"


def schema() -> dict[str, Any]:
    """workflow/schemas/config.schema.yaml with DUTs, functions and load generators."""
    import yaml

    text = SCHEMA_PATH.read_text(encoding="utf-8")
    found = yaml.load(text, Loader=safe_loader())  # noqa: S506 - a safe one, in C
    measured = {name: of for name, of in DUTS.items() if of.measured}
    found["$defs"]["dut_name"]["enum"] = list(measured)
    found["properties"]["duts"]["properties"] = {n: _settings(n, of) for n, of in measured.items()}
    traits = found["properties"]["functions"]["additionalProperties"]["properties"]
    traits["like"]["enum"] = list(KNOWN)
    traits["unasked"]["enum"] = [PASSES, LOOKALIKES, DROPPED]
    found["properties"]["cost"]["properties"]["functions"]["items"]["enum"] = list(LADDER)
    testbed = found["properties"]["testbeds"]["additionalProperties"]["properties"]
    loadgen = testbed["loadgen"]["properties"]
    loadgen["generator"]["enum"] = list(GENERATORS)
    loadgen |= {name: of.settings for name, of in GENERATORS.items() if of.settings}
    return found


def _settings(name: str, dut: Entry) -> dict[str, Any]:
    return {
        "type": "object",
        "description": f"settings of {name}",
        "additionalProperties": False,
        "required": list(dut.settings),
        "properties": {**dut.settings, **dut.optional},
    }


def strict_validator(schema: Mapping) -> Any:
    """A JSON schema validator: 1.0 is no integer, NaN no number, a pattern covers all the text."""
    import re

    import jsonschema

    base = jsonschema.Draft202012Validator

    def whole_pattern(_: Any, pattern: str, text: Any, __: Any) -> Any:
        if isinstance(text, str) and not re.fullmatch(pattern.removesuffix("$"), text):
            yield jsonschema.ValidationError(f"{text!r} does not match {pattern!r}")

    def is_integer(_: Any, value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    def is_number(_: Any, value: Any) -> bool:
        finite = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
        return finite and not isinstance(value, bool)

    types = base.TYPE_CHECKER.redefine_many({"integer": is_integer, "number": is_number})
    strict = jsonschema.validators.extend(base, {"pattern": whole_pattern}, type_checker=types)
    return strict(schema, format_checker=jsonschema.FormatChecker(formats=["ipv4"]))
