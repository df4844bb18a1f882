"""Options of the daemon that the configuration sets: `other_config` of ovs-vswitchd.conf.db(5).

The daemon takes any name and says nothing of one that it does not know, so that a typing error
would measure nothing.  So each has to stand in its program, or in its libraries where it has some.
"""

import json
import shlex
from collections.abc import Mapping
from typing import Any

Settings = Mapping[str, Any]


def _chosen(settings: Settings) -> Settings:
    """By name, what a DUT's settings say; nothing where they do not."""
    return settings.get("other_config", {})


def columns(settings: Settings) -> str:
    """What follows `ovs-vsctl set Open_vSwitch .`: a word of the shell for each, in order."""
    return " ".join(
        shlex.quote(f"other_config:{name}={json.dumps(_text(value))}")
        for name, value in sorted(_chosen(settings).items())
    )


def check(settings: Settings, daemon: str) -> str:
    """Shell commands that fail, and say which, when the daemon knows one of the names not.

    A linker may put a name at the end of a longer text: it ends as it should, and no more is asked.
    """
    libraries = f"{daemon.rpartition('/')[0]}/../lib/libo*.so*"
    return "\n".join(
        f"LC_ALL=C grep -qaE '{name}([^a-z0-9-]|$)' {daemon} {libraries} 2> /dev/null || "
        f"{{ echo 'other_config.{name}: this Open vSwitch knows no such name' >&2; exit 1; }}"
        for name in sorted(_chosen(settings))
    )


def fact(settings: Settings) -> dict[str, str]:
    """What a DUT's facts say of them: nothing where none is set."""
    said = ", ".join(f"{name}={_text(value)}" for name, value in sorted(_chosen(settings).items()))
    return {"other_config": said} if said else {}


def _text(value: Any) -> str:
    """As the daemon reads it: true and false are written small."""
    return json.dumps(value) if isinstance(value, bool) else str(value)
