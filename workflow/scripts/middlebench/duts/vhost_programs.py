"""DUTs that are one DPDK program: dpdk-testpmd, and a token bucket whose capacity is known.

The program is the server of both ports' sockets and the generator their client, so that any number
of generators can come and go.  All frames are forwarded both ways; no connection is tracked.
"""

import hashlib
import re
import shlex
from pathlib import Path
from typing import Any, Self

from invoke.runners import Promise

from middlebench.duts.interface import FOLDER, Counted
from middlebench.duts.supplied import PORTS
from middlebench.errors import DutError, SandboxError, TimeLimitError
from middlebench.functions import Makes
from middlebench.testbeds.sandbox import Sandbox

START_TIMEOUT_S = 10
"""Longest time [s] until both sockets listen; it takes 0.3 s."""

EAL = "--no-pci --no-huge --no-shconf --no-telemetry --log-level=*:error"

PROCESS = f"{FOLDER}/program.pid"
"""There as long as the program is expected to run."""

COUNTERS = f"{FOLDER}/program.counters"
COUNT_TIMEOUT_S = 5

# A socket's file is there before the socket listens; 00010000 is the flag of one that does.
LISTENING = " && ".join(f"grep -q ' 00010000 .* {FOLDER}/{port}$' /proc/net/unix" for port in PORTS)
AWAIT = (
    f"until {LISTENING}; do "
    f"test ! -s {PROCESS} || kill -0 $(cat {PROCESS}) 2> /dev/null; sleep 0.005; done"
)


class VhostProgram:
    """Context manager of one brand-new `program`, polling on CPU `cpu`.

    A subclass says which memory [MiB], EAL and own options its program takes.
    """

    makes = Makes()
    most_flows = None
    memory_mb = 256
    learned_command = ":"
    counting_command = ":"

    def __init__(
        self, sandbox: Sandbox, settings: dict[str, Any], function: str, program: Path, cpu: int
    ) -> None:
        self._sandbox = sandbox
        self._settings = settings
        self._function = function
        self._program = program
        self._cpu = cpu
        self._running: Promise | None = None

    def __enter__(self) -> Self:
        sockets = " ".join(f"{FOLDER}/{port}" for port in PORTS)
        ports = " ".join(
            f"--vdev=net_vhost{number},iface={FOLDER}/{port},queues=1"
            for number, port in enumerate(PORTS)
        )
        # the shell becomes the program, so $$ is its process
        self._running = self._sandbox.start(
            f"rm -f {sockets}; echo $$ > {PROCESS}; exec taskset -c {self._cpu} "
            f"{shlex.quote(self.binary())} {self.lcores()} {EAL} -m {self.memory_mb} {ports} "
            f"-- {self.options()}"
        )
        self.wait_until_started()
        return self

    def __exit__(self, under_way: type[BaseException] | None, *_: object) -> None:
        if under_way and not issubclass(under_way, Exception):
            return  # this process is to end, and the sandbox does
        if said := self._end():
            raise DutError(f"{self._program.name} is gone: {said}")

    def wait_until_started(self) -> None:
        """Return when both sockets listen; DutError with the program's last line if it ends."""
        try:
            self._sandbox.run(f"sh -euc {shlex.quote(AWAIT)}", limit_s=START_TIMEOUT_S)
        except (SandboxError, TimeLimitError) as error:
            said = self._end() or f"no sockets after {START_TIMEOUT_S} s"
            raise DutError(f"{self._program.name} does not start: {said}") from error

    def _end(self) -> str:
        """Kill the program; its last line if there was nothing to kill."""
        if self._running is None:
            return ""
        running, self._running = self._running, None
        killed = self._sandbox.run(
            f"kill -9 $(cat {PROCESS}) 2> /dev/null && echo killed; rm -f {PROCESS}"
        ).stdout
        try:
            self._sandbox.wait(running)
        except SandboxError as error:
            return "" if killed else str(error)
        return ""

    @property
    def attachment(self) -> tuple[list[str], str]:
        """(DPDK devices of inside and outside, shell command that connects the DUT: nothing)."""
        devices = [
            f"net_virtio_user{number},path={FOLDER}/{port},queue_size=1024"
            for number, port in enumerate(PORTS)
        ]
        return devices, ":"

    def binary(self) -> str:
        """The program inside the sandbox."""
        return self._sandbox.path(self._program)

    def lcores(self) -> str:
        """EAL options that say where the program's threads run."""
        return f"-l {self._cpu}"

    def options(self) -> str:
        """The program's own options."""
        raise NotImplementedError

    def counted(self) -> Counted:
        """No connections, and no frames where the program does not count."""
        return Counted(0, 0, {})

    def entries(self) -> None:
        """It has no such table."""

    def expected_entries(self, flows: int) -> int:
        """Connection-tracking entries that so many flows make: none."""
        del flows
        return 0


class Testpmd(VhostProgram):
    """dpdk-testpmd as a plain forwarder; `program`: name or path, `settings` say nothing to it."""

    tools = {"dpdk-testpmd": "dpdk-dev"}  # noqa: RUF012 - never changed

    def binary(self) -> str:
        """The host's own, by name: of the package dpdk-dev (envs/apt.txt)."""
        return str(self._program)

    def lcores(self) -> str:
        """Its main thread only waits, so that both share the CPU."""
        return f"--lcores 0@{self._cpu},1@{self._cpu}"

    def options(self) -> str:
        """Forwards at once: without a client both links are down, which it would wait for."""
        return (
            "--forward-mode=io --auto-start --disable-link-check --no-mlockall "
            "--rxd=1024 --txd=1024 --total-num-mbufs=16384"
        )

    def facts(self) -> dict[str, str]:
        """Name, and DPDK's version."""
        command = f"{self.binary()} -v --help 2>&1"
        said = self._sandbox.run(command).stdout
        version = re.search(r"RTE Version: '(.*)'", said)
        return {"name": "dpdk-testpmd", "version": version[1] if version else "unknown"}


class TokenBucket(VhostProgram):
    """A forwarder of known capacity; `program` is its binary, `settings` are its options.

    Its keys, as options with dashes: capacity_pps [packets/s], bucket_packets, queue_packets,
    delay_us, pause_share, pause_low_ms, pause_high_ms, pause_asleep (0 or 1), seed; the program
    checks them.
    """

    memory_mb = 320  # what the longest queue takes

    def options(self) -> str:
        """The settings in the program's words, and where it writes its counters."""
        return f"{self._limits()} --counters {COUNTERS}"

    def _limits(self) -> str:
        named = ((name.replace("_", "-"), value) for name, value in self._settings.items())
        return " ".join(f"--{name} {shlex.quote(str(value))}" for name, value in named)

    @property
    def counting_command(self) -> str:
        """Asks the program for its counters and waits for them."""
        waiting = f"until test -e {COUNTERS}; do sleep 0.005; done"
        return (
            f"rm -f {COUNTERS}; kill -USR1 $(cat {PROCESS}) && "
            f"timeout {COUNT_TIMEOUT_S} sh -c {shlex.quote(waiting)} || :"
        )

    def counted(self) -> Counted:
        """The program's own counters of both ports."""
        lines = self._sandbox.run(f"cat {COUNTERS} || :").stdout.splitlines()
        if not lines:
            fault = f"{self._program.name} does not answer within {COUNT_TIMEOUT_S} s"
            return Counted(0, 0, {}, fault=fault)
        names = ("rx", "rx_drop", "tx", "tx_drop")
        return Counted(
            0,
            0,
            {
                f"{port}_{name}": int(count)
                for port, line in zip(PORTS, lines, strict=True)
                for name, count in zip(names, line.split(), strict=True)
            },
        )

    def facts(self) -> dict[str, str]:
        """Name, the beginning of the binary's SHA-256 as its version, and its options."""
        digest = hashlib.sha256(self._program.read_bytes()).hexdigest()
        return {"name": "token bucket", "version": digest[:12], "options": self._limits()}
