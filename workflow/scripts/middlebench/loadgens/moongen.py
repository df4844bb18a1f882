"""The load generator MoonGen on a host: its command line, its run, its result.

What it does there is our user script, workflow/loadgens/moongen/middlebench.lua.
"""

import hashlib
import re
import shlex
from pathlib import Path
from typing import Any

from invoke.runners import Result

from middlebench.errors import ConfigError, GeneratorError
from middlebench.frame_mix import FrameSize
from middlebench.functions import PORTS, Makes
from middlebench.hosts.host import Host
from middlebench.loadgens import moongen_cpus, moongen_says
from middlebench.loadgens.interface import UNCHANGED
from middlebench.loadgens.softgen import Softgen
from middlebench.records import trial_result
from middlebench.testbeds.run_folder import RunFolder

SCRIPT = Path(__file__).parents[3] / "loadgens" / "moongen" / "middlebench.lua"
MODULES = tuple(sorted(SCRIPT.parent.glob("*.lua")))
"""The script and what it loads from its own folder: they must lie in one folder on the host."""

GUIDE = "https://github.com/emmericp/MoonGen#installation"
READY_S = 10
"""Longest time [s] until the first frame comes through."""

INIT_S = 60
"""Longest time [s] for DPDK to begin and the links to come up; libmoon waits 9 s for those."""

KILL_S = 2
"""Between SIGTERM and SIGKILL [s]: a task that waits for a full queue never sees the first."""

LEARN_PPS, LEARN_PASSES = 100_000, 20
"""How fast flows are learned at the least, and how often (TCP: twice ten passes)."""

TIMED_OUT = (124, 137, -9)
"""Exit statuses of timeout(1): after SIGTERM; after SIGKILL, which it dies of itself."""

QUIETLY = {"hide": True, "warn": True, "in_stream": False}

_PCI_ADDRESS = re.compile(r"[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")


class MoonGen:
    """MoonGen's checkout `path` on `host`, which runs commands as invoke's contexts do.

    Where the host has `as_root`, MoonGen runs by it: DPDK wants root.  `devices` are the PCI
    addresses of the ports towards the DUT's inside and outside.  `script` is where middlebench.lua
    lies on the host, `pacing` and `stamps` say who keeps the rate and times probes: hardware or
    software.  Construction contacts nobody.  ConfigError unless the devices are two PCI addresses.
    """

    def __init__(
        self,
        host: Any,
        path: str,
        devices: list[str],
        script: str = str(SCRIPT),
        pacing: str = "hardware",
        stamps: str = "hardware",
    ) -> None:
        if len(set(devices)) != 2 or not all(map(_PCI_ADDRESS.fullmatch, devices)):
            raise ConfigError(
                f"moongen: devices {devices}; allowed: two PCI addresses like 0000:03:00.0"
            )
        self._host = host
        self._path = path
        self._devices = devices
        self._script = script
        self._choices = {"pacing": pacing, "stamps": stamps}

    def run_trial(
        self,
        rate_mbit: float,
        frame_size: FrameSize,
        flows: int,
        settings: dict[str, Any],
        run_id: int,
        learned: str = ":",
        then: str = ":",
    ) -> dict[str, Any]:
        """Load at one setting: the script's result, in the form of softgen's, checked.

        The shell command `learned` runs on the host when the flows are learned, `then` at the end.
        `rate_mbit` [10^6 bit/s of frame bits], `frame_size` [B, with FCS]; `settings` are the
        point's (durations [ms], seed, flow_order, link_mbit, protocol).  GeneratorError with one
        line when there is no result.
        """
        options = self._options(rate_mbit, frame_size, flows, settings, run_id)
        options |= {"learned": learned, "then": then}
        folder = self._run(
            f'd=$(mktemp -d) && printf %s {shlex.quote(self._dpdk_config())} > "$d"/dpdk-conf.lua'
            ' && echo "$d"'
        ).stdout.strip()
        try:
            ran = self._load(folder, options, longest_s(flows, settings["durations"]))
            wanted = trial_result.asked(rate_mbit, frame_size, flows, settings, run_id)
            return trial_result.checked(self._result(folder, ran), "moongen", wanted)
        finally:
            self._host.run(f"rm -rf {shlex.quote(folder)}", **QUIETLY)

    def _options(
        self,
        rate_mbit: float,
        frame_size: FrameSize,
        flows: int,
        settings: dict[str, Any],
        run_id: int,
    ) -> dict[str, Any]:
        # DPDK numbers the ports that it is given by ascending PCI address
        ports = [sorted(self._devices).index(device) for device in self._devices]
        durations = settings["durations"]
        names = ("warmup_ms", "window_ms", "drain_ms", "stall_ms")
        return {
            "tx-port": ports[0],
            "rx-port": ports[1],
            "rate": f"{rate_mbit:g}" if rate_mbit % 1 else int(rate_mbit),
            "frame-size": frame_size,
            "flows": flows,
            "flows-a-destination": settings.get("flows_a_destination", PORTS),
            "protocol": settings.get("protocol", "udp"),
            "order": settings["flow_order"],
            "seed": settings["seed"],
            "run-id": run_id,
            "link-speed": settings["link_mbit"],
            "ready-ms": READY_S * 1000,
            **{name.replace("_", "-"): durations[name] for name in names},
            **self._choices,
        }

    def _dpdk_config(self) -> str:
        listed = ", ".join(f'"{device}"' for device in self._devices)
        return f"DPDKConfig {{ pciWhitelist = {{{listed}}} }}\n"

    def _load(self, folder: str, options: dict[str, Any], timeout_s: float) -> Result:
        # --foreground: else it would leave the process group by which a host ends its commands
        options = options | {"out": f"{folder}/result.json"}
        words = " ".join(f"--{name} {shlex.quote(str(value))}" for name, value in options.items())
        run = getattr(self._host, "as_root", self._host.run)
        result = run(
            f"cd {shlex.quote(self._path)} && "
            f"exec timeout --foreground -k {KILL_S} {timeout_s:.0f} "
            f"./build/MoonGen {shlex.quote(self._script)} "
            f"--dpdk-config={shlex.quote(folder)}/dpdk-conf.lua {words}",
            **QUIETLY,
            timeout=timeout_s + 5 * KILL_S,  # the host's own limit is for shorter commands
        )
        if result.exited in TIMED_OUT:
            raise GeneratorError(f"moongen: did not end within {timeout_s:.0f} s, and was killed")
        if result.exited:
            raise GeneratorError(moongen_says.why(result))
        return result

    def _result(self, folder: str, ran: Result) -> str:
        said = self._host.run(f"cat {shlex.quote(folder)}/result.json", **QUIETLY)
        if said.exited:  # MoonGen's exit status is 0 after an error in the script itself
            why = moongen_says.lua_error(ran) or "its script does not load"
            raise GeneratorError(f"moongen: ended without a result: {why}")
        return said.stdout

    def _run(self, command: str) -> Result:
        result = self._host.run(command, **QUIETLY)
        if result.exited:
            raise GeneratorError(moongen_says.why(result))
        return result


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
    """A `LoadGenerator`: MoonGen between two PCI `devices`, run by root from copies of our script.

    It is one process with the place's host, which the DUT's commands may call.  It sends no frames
    of others: those are exchanged by `program`, softgen, on the same ports, one after the other.
    GeneratorError with the guide to follow when it is not there.
    """

    def __init__(
        self,
        place: RunFolder,
        program: Path,
        cpu: int,
        devices: list[str],
        attach: str = ":",
        makes: Makes = UNCHANGED,
        settings: dict[str, Any] | None = None,
    ) -> None:
        self._found = verify(place.host, settings["path"])
        script = f"{place.tree(SCRIPT.parent)}/{SCRIPT.name}"
        options = {key: settings[key] for key in ("pacing", "stamps")}
        moongen = MoonGen(_Callable(place), settings["path"], devices, script=script, **options)
        self.run_trial = moongen.run_trial
        self.exchange = Softgen(place, program, cpu, devices, attach, makes).exchange

    def facts(self, _: dict[str, Any]) -> dict[str, str]:
        """Name and commit of MoonGen, and the hash of our scripts for it."""
        digest = hashlib.sha256(b"".join(module.read_bytes() for module in MODULES)).hexdigest()
        return {**self._found, "sha256": digest}

    @staticmethod
    def verify(host: Host, path: str, devices: list[str]) -> dict[str, str]:
        """As the function `verify`, and how many CPUs it has for its tasks."""
        return {**verify(host, path), "cpus": moongen_cpus.for_tasks(host, devices)}


def verify(host: Any, path: str) -> dict[str, str]:
    """Name and commit of the MoonGen that is built in `path` on `host`.

    GeneratorError with the upstream guide to follow when there is none.
    """
    quoted = shlex.quote(path)
    where = f"{path} on {getattr(host, 'name', 'this machine')}"
    for check, what in (
        (f"test -d {quoted}", "no such folder"),
        (f"test -x {quoted}/build/MoonGen", "build/MoonGen is missing, MoonGen is not built"),
    ):
        if host.run(check, **QUIETLY).exited:
            raise GeneratorError(
                f"moongen.path: {where}: {what}; allowed: a built checkout, see {GUIDE}"
            )
    said = host.run(f"git -C {quoted} rev-parse HEAD", **QUIETLY)
    if said.exited:
        raise GeneratorError(
            f"moongen.path: {where}: its commit is unknown "
            f"({moongen_says.last_line(said.stderr)}); allowed: a git checkout, see {GUIDE}"
        )
    return {"name": "moongen", "commit": said.stdout.strip()}


def longest_s(flows: int, durations: dict[str, Any]) -> float:
    """Time [s] after which a trial must have ended: twice its own bounds."""
    traffic_ms = (
        durations["warmup_ms"]
        + durations["window_ms"]
        + 4 * durations["drain_ms"]
        + durations["stall_ms"]
    )
    return INIT_S + READY_S + 2 * traffic_ms / 1000 + LEARN_PASSES * flows / LEARN_PPS
