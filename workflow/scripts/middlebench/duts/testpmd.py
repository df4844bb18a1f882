"""The DUT `testpmd`: dpdk-testpmd between two vhost-user ports, as a floor for all that switches.

A function is a file with testpmd's options; its forwarding mode says what frames become.  It looks
nothing up and keeps no state.
"""

import hashlib
import re

from middlebench.duts.supplied import PORTS, as_used
from middlebench.duts.vhost_programs import Testpmd
from middlebench.errors import DutError
from middlebench.functions import Makes

MAKES = {"io": Makes(), "mac": Makes(new_source_mac=True), "5tswap": Makes(swapped=True)}
"""What each forwarding mode makes of frames."""

PEERS = dict(zip(PORTS, ("02:00:00:00:00:01", "02:00:00:00:00:02"), strict=True))
"""Where mode mac sends what leaves by a port: to where the load is sent by its other side."""


class Forwarder(Testpmd):
    """Context manager of one brand-new testpmd; `program` is the file with its options."""

    def binary(self) -> str:
        """Found by name, in the package dpdk-dev (envs/apt.txt)."""
        return "dpdk-testpmd"

    def _own(self) -> str:
        lines = as_used(self._program, self._settings).splitlines()
        return " ".join(line for line in lines if not line.startswith("#"))

    def options(self) -> str:
        """Those of every testpmd, then the file's."""
        peers = (f"--eth-peer={number},{mac}" for number, mac in enumerate(PEERS.values()))
        return " ".join([super().options(), *peers, self._own()])

    @property
    def makes(self) -> Makes:
        """What its mode makes of frames; DutError for one of which nothing is known."""
        mode = re.search(r"--forward-mode=(\S+)", self._own())
        if mode is None or mode[1] not in MAKES:
            said = mode[0] if mode else "no --forward-mode"
            raise DutError(f"{self._program}: {said}; allowed: --forward-mode={'|'.join(MAKES)}")
        return MAKES[mode[1]]

    def facts(self) -> dict[str, str]:
        """What was measured, with which options."""
        text = as_used(self._program, self._settings)
        return super().facts() | {
            "options": self.options(),
            "rules": self._program.name,
            "rules_sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
