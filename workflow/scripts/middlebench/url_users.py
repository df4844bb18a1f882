"""Who fetches from a URL: `https://user:token@host/...` keeps its middle to itself.

When the rules are read, users are taken out of the configuration and laid into the environment of
the run, which only its own user can read; so whatever is written or said afterwards knows no token,
and a build is fetched with it all the same.
"""

import base64
import json
import os
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import unquote

VARIABLE = "MIDDLEBENCH_URL_USERS"
"""The environment's: a JSON mapping, program and URL -> `user:token` as in the URL."""

_USER = re.compile(r"(?<=://).*@", re.DOTALL)


def without_user(url: str) -> str:
    """A URL, or a text that holds one, without all between `://` and the last `@`.

    The schema wants no other `@` in a URL, so that a token with a slash in it is caught too.
    """
    return _USER.sub("", url)


def hide_users(config: MutableMapping[str, Any]) -> None:
    """Take the users out of all `url` of `software`, and lay them into the environment.

    Those of variants that are compared too; and out of the arguments of this process, which
    Snakemake writes into its log.
    """
    users: dict[str, str] = {}
    config["software"] = _hidden(config["software"], users)
    for comparison in (config.get("compare") or {}).values():
        for variant in comparison["variants"].values():
            if "software" in variant:
                variant["software"] = _hidden(variant["software"], users)
    os.environ[VARIABLE] = json.dumps(users)
    sys.argv[:] = map(without_user, sys.argv)


def _hidden(software: Mapping[str, Any], users: MutableMapping[str, str]) -> dict[str, Any]:
    """A section `software` without users, which are added to `users`."""
    hidden = dict(software)
    for program, chosen in software.items():
        found = _USER.search(chosen.get("url", "")) if chosen else None
        if found:
            url = without_user(chosen["url"])
            users[_key(program, url)] = found[0].removesuffix("@")
            hidden[program] = {**chosen, "url": url}
    return hidden


def _key(program: str, url: str) -> str:
    return f"{program} {url}"


def authorization(program: str, url: str) -> str | None:
    """The value of an HTTP header Authorization (RFC 7617) for a program's URL; None without."""
    user = json.loads(os.environ.get(VARIABLE, "{}")).get(_key(program, url))
    if user is None:
        return None
    name, _, password = user.partition(":")
    pair = f"{unquote(name)}:{unquote(password)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def git_environment(program: str, url: str) -> Mapping[str, str]:
    """What tells git of the header for the host of `url`: no argument and no file shows it."""
    header = authorization(program, url)
    if header is None:
        return {}
    count = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    host = re.match(r"https?://[^/?#]*", url)[0]
    return {
        "GIT_CONFIG_COUNT": str(count + 1),
        f"GIT_CONFIG_KEY_{count}": f"http.{host}/.extraHeader",
        f"GIT_CONFIG_VALUE_{count}": f"Authorization: {header}",
    }
