"""MoonGen as the generator of a testbed: run by root on its host, from copies of our script."""

import hashlib
from typing import Any

from invoke.runners import Result

from middlebench.loadgens.moongen import MODULES, SCRIPT, MoonGen, verify
from middlebench.testbeds.run_folder import RunFolder


class _Callable:
    """A host as MoonGen's driver uses it, on which the program may call this process."""

    def __init__(self, place: RunFolder) -> None:
        self._place = place

    def run(self, command: str, **options: Any) -> Result:
        """As an ordinary user: git refuses a checkout that is another's."""
        return self._place.host.run(command, **options)

    def as_root(self, command: str, **_: Any) -> Result:
        """Whatever comes of it; its limit of time is its own."""
        return self._place.attempt(command)


class MoonGenOnHost:
    """MoonGen between two PCI `devices` (inside, outside); `settings` are the testbed's `moongen`.

    GeneratorError with the guide to follow when it is not there.
    """

    def __init__(self, place: RunFolder, devices: list[str], settings: dict[str, Any]) -> None:
        self._found = verify(place.host, settings["path"])
        script = f"{place.tree(SCRIPT.parent)}/{SCRIPT.name}"
        options = {key: settings[key] for key in ("pacing", "stamps")}
        self._moongen = MoonGen(
            _Callable(place), settings["path"], devices, script=script, **options
        )
        self.run_trial = self._moongen.run_trial

    def facts(self, _: dict[str, Any]) -> dict[str, str]:
        """Name and commit of MoonGen, and the hash of our scripts for it."""
        digest = hashlib.sha256(b"".join(module.read_bytes() for module in MODULES)).hexdigest()
        return {**self._found, "sha256": digest}
