"""The load generator `softgen`: its command line, its run in a sandbox or on a host, its result."""

import base64
import gzip
import hashlib
import shlex
from pathlib import Path
from typing import Any

from invoke.exceptions import Failure

from middlebench.errors import CommandError, GeneratorError, TimeLimitError
from middlebench.frame_mix import FrameSize, genome
from middlebench.functions import PORTS, Makes
from middlebench.hosts.host import Host
from middlebench.loadgens.interface import UNCHANGED
from middlebench.machine.states import NAMES
from middlebench.records import trial_result
from middlebench.testbeds.place import Place, supply
from middlebench.units import packets_per_second

READY_S = 10
"""Longest time [s] until the first frame comes through."""

STALL_TIMES = 10
"""How often a DUT that has no CPU is asked whether it is stalled (load.c)."""

LEARN_PPS = 200_000
"""Rate [packets/s] at which flows are learned: low enough that the three passes over all flows that
are sent anyway learn every one, and so that 10000 flows take 0.15 s."""

EAL = "--no-pci --no-huge --no-shconf --no-telemetry --log-level=*:error"
EAL_CARDS = "--in-memory --no-telemetry --log-level=*:error"
"""Network cards want hugepages; no file is left in the folders of those."""

TAP = "tap:"
"""Begins the name of a device that is no DPDK port."""

MARGIN_S = 5
"""How long after its own limit [s] softgen is ended: more than CLOSE_S of its main.c."""

UNATTACHED = (
    "{ kill -0 $$ 2> /dev/null && echo 'softgen: the DUT could not be connected to its ports' >&2; "
    "kill $$ 2> /dev/null; }"
)

POLL_S = 0.02
"""How often the end of a trial is looked for [s]: each look wakes a core that may be measuring."""


class Softgen:
    """A `LoadGenerator`: the program itself, and no settings.

    Both devices are virtual ones of DPDK, with their options; or both PCI addresses, in ascending
    order then; or both TAP devices that are there, `tap:<file of their namespace>/<name>`.
    What comes back is compared with what the DUT `makes` of it; `check=False` measures what that
    costs.
    """

    memory_mb = 128
    """What it takes in a sandbox [MiB]."""

    def __init__(
        self,
        place: Place,
        program: Path,
        cpu: int,
        devices: list[str],
        attach: str = ":",
        makes: Makes = UNCHANGED,
        settings: dict[str, Any] | None = None,
        check: bool = True,
    ) -> None:
        del settings
        self._place = place
        self._program = program
        self._attach = attach
        self._made = check_options(makes) if check else {"check": 0}
        eal, self._taps = _ports(devices, self.memory_mb)
        self._command = f"{shlex.quote(place.path(program))} -l {cpu} {eal}"
        self._result, self._frames = f"{place.folder}/result", f"{place.folder}/frames"

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
        """As `LoadGenerator` says."""
        options = trial_options(rate_mbit, frame_size, flows, settings, run_id) | self._made
        words = " ".join(f"--{name} {value}" for name, value in options.items())
        words += f" --learned {shlex.quote(learned)} --then {shlex.quote(then)}"
        self._run(f"--out {self._result} {words}", longest_s(flows, settings["durations"]))
        wanted = trial_result.asked(rate_mbit, frame_size, flows, settings, run_id)
        return trial_result.checked(
            self._place.run(f"cat {self._result}").stdout, "softgen", wanted
        )

    def facts(self, result: dict[str, Any]) -> dict[str, str]:
        """Name, DPDK version and hash of the generator that made a result."""
        digest = hashlib.sha256(self._program.read_bytes()).hexdigest()
        return {"name": "softgen", "dpdk": result["dpdk"], "sha256": digest}

    def exchange(
        self, frames: list[tuple[int, bytes]], every_us: int = 1000
    ) -> list[tuple[int, bytes]]:
        """As `LoadGenerator` says."""
        lines = "".join(f"{port} {frame.hex()}\n" for port, frame in frames)
        supply(self._place, {"frames": lines})
        pace = f"--ready-ms 3000 --exchange-us {every_us}"
        self._run(f"--exchange {self._frames} --out {self._result} {pace}", 30 + len(frames) / 1000)
        # what a command says is read in small pieces: a hundred times less of it
        packed = self._place.run(f"gzip -1 < {self._result} | base64 -w 0").stdout
        said = gzip.decompress(base64.b64decode(packed)).decode().splitlines()
        return [(int(port), bytes.fromhex(frame)) for port, frame in map(str.split, said)]

    @staticmethod
    def verify(host: Host, **found_by: Any) -> dict[str, str]:
        """Nothing: it is copied to the host."""
        del host, found_by
        return {}

    def _run(self, options: str, limit_s: float) -> None:
        # The shell becomes the generator, so $$ is its process: with `timeout` between them, a kill
        # that comes while that forks would end it alone, and the generator would wait for ever.
        attach = f"sh -euc {shlex.quote(self._attach)} > /dev/null || {UNATTACHED}"
        attach = f"export GENERATOR=$$; {attach}"
        # DPDK would make a folder below /run or /tmp
        attach = f"export RUNTIME_DIRECTORY={self._place.folder}; ({attach})"
        options = f"--limit-s {limit_s:.0f} {self._taps}{options}"
        command = f"{attach} & exec {self._command} -- {options}"
        try:
            self._place.run(command, poll_s=POLL_S, limit_s=limit_s + MARGIN_S)
        except CommandError as error:
            raise GeneratorError(_said(error)) from error
        except TimeLimitError as error:
            raise GeneratorError(
                f"softgen: not done within {limit_s + MARGIN_S:.0f} s, and deaf to its own limit "
                "(was it stopped?)"
            ) from error


def _ports(devices: list[str], memory_mb: int) -> tuple[str, str]:
    """EAL's options for both devices, and our own; virtual ones take so much memory [MiB]."""
    if devices[0].startswith(TAP):
        inside, outside = (device.removeprefix(TAP).rpartition("/") for device in devices)
        return f"{EAL} -m {memory_mb}", f"--taps {inside[2]},{outside[2]} --netns {inside[0]} "
    virtual = devices[0].startswith("net_")
    eal, way = (f"{EAL} -m {memory_mb}", "--vdev") if virtual else (EAL_CARDS, "-a")
    return " ".join([eal, *(f"{way} {shlex.quote(device)}" for device in devices)]), ""


def trial_options(
    rate_mbit: float, frame_size: FrameSize, flows: int, settings: dict[str, Any], run_id: int
) -> dict[str, str | int | float]:
    """softgen's options for one trial."""
    rate_pps = packets_per_second(rate_mbit, frame_size)
    options = {
        "rate-pps": f"{rate_pps:.3f}",
        "frame-size": genome(frame_size),
        "flows": flows,
        "flows-a-destination": settings.get("flows_a_destination", PORTS),
        "protocol": settings["protocol"],
        "order": settings["flow_order"],
        "seed": settings["seed"],
        "run-id": run_id,
        "ready-ms": READY_S * 1000,
        "learn-pps": LEARN_PPS,
    }
    durations = settings["durations"]
    options |= {name.replace("_", "-"): value for name, value in durations.items()}
    gating = settings["gating"]
    if gating:
        # at low rates packets are far apart: silence is what lasts for several of them
        silence_us = max(gating["dut_silence_us"], round(4e6 / rate_pps))
        options |= {
            "gate": 1,
            "slice-us": gating["slice_us"],
            "gap-us": gating["generator_gap_us"],
            "silence-us": silence_us,
            "stop-us": max(gating["dut_stop_us"], 2 * silence_us),
            "guard-before": gating["guard_before_slices"],
            "guard-after": gating["guard_after_slices"],
            "state-windows": gating["state_windows"],
        }
        if frozen := gating.get("frozen"):
            options |= {"long-us": frozen["long_us"], "guard-long": frozen["guard_slices"]}
            options |= {"step-us": frozen["step_us"]} if "step_us" in frozen else {}
    return options | _probing_options(settings.get("probing"))


def _probing_options(probing: dict[str, Any] | None) -> dict[str, int]:
    """Where to look for hidden states and how to tell them apart; nothing where nobody asks."""
    if probing is None:
        return {}
    names = {"dut_cpu": "dut-cpu", "busy_dut": "busy-dut", "busy_generator": "busy-generator"}
    options = {name: probing.get(key, 0) for key, name in (names | {"far": "far"}).items()}
    options["dut-thread"] = int(probing.get("polls", True))
    judged = sum(1 << NAMES.index(state) for state in probing.get("judged", ()))
    return options | ({"judged": judged} if judged else {})


def _said(error: CommandError) -> str:
    """The line of our program, after which DPDK may say more; or what became of the command."""
    failed = error.__cause__
    lines = failed.result.stderr.splitlines() if isinstance(failed, Failure) else [str(error)]
    named = [line for line in lines if line.startswith("softgen:")]
    return named[-1] if named else f"softgen: {error}"


def check_options(makes: Makes) -> dict[str, str | int]:
    """softgen's options that say what the DUT makes of the load."""
    options = {"ttl-less": makes.ttl_less, "new-source-mac": int(makes.new_source_mac)}
    options |= {"new-id": int(makes.new_id), "swapped": int(makes.swapped)}
    return options | ({"snat": makes.snat_address} if makes.snat_address else {})


def longest_s(flows: int, durations: dict[str, Any]) -> float:
    """Time [s] after which a trial must have ended, however disturbed: twice its own bounds.

    A learning that does not come to its end is given up after 50 passes, with TCP twice as many.
    """
    traffic_ms = (
        durations["warmup_ms"]
        + durations["window_ms"] * durations["max_windows"]
        + durations["drain_ms"]
        + STALL_TIMES * durations["stall_ms"]
    )
    learning_s = 100 * flows / durations.get("learn_pps", LEARN_PPS)
    return READY_S + 2 * traffic_ms / 1000 + 20 + learning_s
