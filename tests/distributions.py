"""`make test-systems`: README's commands on another system, made anew by debootstrap.

It lives in a tmpfs of a mount namespace, its processes in a process namespace: both vanish with
this program, whatever ends it. Downloads are kept in $XDG_CACHE_HOME/middlebench. What the system
needs of this machine it is given: the mirror and the settings of apt, those of pip and the files
that they name, name servers. Needs root, debootstrap, and 8 GB of memory.
"""

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
INSIDE = Path(__file__).with_suffix(".sh")
SCRIPTS = Path("/usr/share/debootstrap/scripts")
PASSED_ON = ("http_proxy", "https_proxy", "no_proxy")
SHARED = "/host"
NEWEST = "sid"  # the script of debootstrap for a Debian that it does not know yet


def readme_commands(readme: str) -> list[str]:
    """The commands of README's section "Two commands"."""
    section = readme.split("\n## Two commands\n")[1].split("\n## ")[0]
    return re.findall(r"^    (make .*?)  +#", section, flags=re.MULTILINE)


def said(*command: str) -> str:
    """What a command prints; empty when there is none."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


def mirror_of_apt(targets: str) -> str:
    """The address from which this machine gets its own packages.

    `targets` has lines "label address": the first that is neither for security nor a guest.
    """
    found = re.findall(r"^(?:Debian|Ubuntu) (\S+)$", targets, flags=re.MULTILINE)
    return next(iter(found), "")


def pip_settings(listed: str) -> dict[str, str]:
    """What `pip config list` says, as environment variables.

    Those of pip's own environment count most; what is for one command of it alone is left out,
    and where this machine keeps what pip downloaded.
    """
    settings = {}
    for line in sorted(listed.splitlines(), key=lambda line: line.startswith(":env:")):
        where, _, value = line.partition("=")
        kind, _, name = where.partition(".")
        if kind in ("global", "install", ":env:") and value.startswith(("'", '"')):
            variable = "PIP_" + name.upper().replace("-", "_")
            settings[variable] = " ".join(ast.literal_eval(value).split())
    settings.pop("PIP_CACHE_DIR", None)
    return settings


def shared_files(settings: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """The files and folders that settings name, and the settings with their names inside.

    They lie below SHARED: where they are here, a package of the system may want to write. An index
    of packages (file://) is shared with what lies beside it: it links to files there.
    """
    files, renamed = set(), {}
    for name, value in settings.items():
        words = value.split()
        for place, word in enumerate(words):
            path = word.removeprefix("file://")
            if path.startswith("/") and Path(path).exists():
                index = word != path and path.count("/") > 1
                files.add(str(Path(path).parent) if index else path)
                words[place] = word.removesuffix(path) + SHARED + path
        renamed[name] = " ".join(words)
    return sorted(files), renamed


def make_and_run(suite: str, mirror: str, commands: list[str], cache: Path) -> int:
    """Make a system and run the commands in it; their status, 0 when all ended well."""
    settings = pip_settings(said(sys.executable, "-m", "pip", "config", "list"))
    files, settings = shared_files(settings)
    given = settings | {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    lists = {
        "COMMANDS": commands,
        "GIVEN": [f"{name}={value}" for name, value in given.items()],
        "FILES": files,
    }
    script = [] if (SCRIPTS / suite).exists() else [NEWEST]
    # pdeathsig: unshare ends with this program, and by --kill-child all that is inside with it
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork"]
    command += ["--kill-child=KILL", "--", "bash"]
    command += [INSIDE, suite, mirror, REPOSITORY, cache, SHARED, *script]
    environment = os.environ | {name: "\n".join(lines) for name, lines in lists.items()}
    return subprocess.run(command, env=environment, check=False).returncode


def check_machine(mirror: str) -> None:
    """End with one line when this machine cannot make another."""
    if os.geteuid():
        sys.exit("test-systems: needs root, for a system of its own")
    if not shutil.which("debootstrap"):
        sys.exit("test-systems: debootstrap is missing: apt-get install debootstrap")
    if not mirror:
        sys.exit("test-systems: apt names no mirror: apt-get update, or MIRROR=<address>")


def main() -> int:
    """Each system in its turn; 1 when a command fails in one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="+", help="as the mirror calls them")
    parser.add_argument("--command", action="append", help="in place of README's two")
    arguments = parser.parse_args()
    targets = said("apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)")
    mirror = os.environ.get("MIRROR") or mirror_of_apt(targets)
    check_machine(mirror)
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    commands = arguments.command or readme_commands(readme)
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    cache = Path(home) / "middlebench"
    return max(make_and_run(suite, mirror, commands, cache) for suite in arguments.suites)


if __name__ == "__main__":
    sys.exit(main())
