"""What the comparison of the load with what the DUT has to make of it says, in words."""

from collections.abc import Mapping
from typing import Any


def load_fault(check: Mapping[str, Any] | None) -> str | None:
    """What is wrong with the load that came back, in words; None when nothing is known to be.

    `check`: the record's section load_check, null where the generator compares nothing (MoonGen).
    """
    if check is None:
        return None
    if check["wrong"]:
        return (
            f"{check['wrong']} frames came back wrong ({check['checked']} were compared); "
            f"the first: {check['first_wrong']}"
        )
    if check["duplicated"]:
        return f"{check['duplicated']} frames came back more than once"
    return None
