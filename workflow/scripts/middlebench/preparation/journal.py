"""What preparation changed on a host: written there before each change, so that it can be undone.

The file survives a reboot; what it says of /sys does not, so those entries count only for the boot
in which they were written.
"""

import json
from typing import Any, NamedTuple

from middlebench.errors import HostError
from middlebench.hosts.machine import Machine

PATH = "/var/lib/middlebench/prepared.json"
BOOT = "/proc/sys/kernel/random/boot_id"


class Entry(NamedTuple):
    """One thing that was changed."""

    kind: str
    """The kind of step, one of `steps.KINDS`."""
    subject: str
    before: Any
    """Its state before the first change of this boot (JSON)."""
    after: Any
    """The state that was wanted last."""
    boot: str | None
    """The boot in which it was changed; None for what lasts."""

    def shown(self) -> dict[str, Any]:
        """For the facts file: the same after another boot."""
        return {key: value for key, value in self._asdict().items() if key != "boot"}


class Journal:
    """The entries of a machine, in the order of `kinds`; HostError when its file is damaged."""

    def __init__(self, machine: Machine, kinds: tuple[str, ...]) -> None:
        self._machine = machine
        self._kinds = kinds
        files = machine.files(BOOT, PATH)
        self._boot = files.get(BOOT, "")
        known = self._parsed(files.get(PATH) or "[]")
        self.entries = [entry for entry in known if entry.boot in (None, self._boot)]

    def _parsed(self, text: str) -> list[Entry]:
        try:
            return [Entry(**entry) for entry in json.loads(text)]
        except (ValueError, TypeError) as error:
            raise HostError(
                f"{self._machine.name}: {PATH} is damaged ({error}); what was changed is unknown: "
                "a reboot puts all but packages back, then remove the file"
            ) from error

    def find(self, kind: str, subject: str) -> Entry | None:
        """The entry of a subject."""
        same = (entry for entry in self.entries if entry[:2] == (kind, subject))
        return next(same, None)

    def add(self, kind: str, subject: str, before: Any, after: Any, lasting: bool) -> None:
        """Write down a change that is to follow; what was before the first one is kept."""
        known = self.find(kind, subject)
        if known:
            self.entries.remove(known)
            before = known.before
        self.entries.append(Entry(kind, subject, before, after, None if lasting else self._boot))
        self.entries.sort(key=lambda entry: (self._kinds.index(entry.kind), entry.subject))
        self._write()

    def remove(self, entry: Entry) -> None:
        """Strike out what was undone."""
        self.entries.remove(entry)
        self._write()

    def _write(self) -> None:
        if not self.entries:
            folder = self._machine.path(PATH.rpartition("/")[0])
            self._machine.change(
                f"rm -f {self._machine.path(PATH)} && rmdir {folder}", f"{PATH} cannot be removed"
            )
            return
        text = json.dumps([entry._asdict() for entry in self.entries], indent=1)
        self._machine.replace(PATH, text + "\n", f"{PATH}: what is changed cannot be written down")
