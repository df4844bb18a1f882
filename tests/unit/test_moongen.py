"""MoonGen's driver without a host: its command line and its bounds of time."""

import json
import shlex
from itertools import pairwise

import pytest
from invoke.runners import Result

from middlebench.errors import ConfigError, GeneratorError
from middlebench.loadgens.moongen import MODULES, SCRIPT, MoonGen, longest_s
from results import make_moongen_result

DEVICES = ["0000:03:00.1", "0000:81:00.0"]
DURATIONS = {
    "warmup_ms": 100, "window_ms": 300, "drain_ms": 100, "stall_ms": 100, "max_windows": 6,
}  # fmt: skip
SETTINGS = {
    "durations": DURATIONS, "seed": 3, "flow_order": "random", "link_mbit": 10000, "gating": None,
}  # fmt: skip


EAL = "EAL: Detected 2 lcore(s)\nEAL: No free hugepages reported in hugepages-1048576kB\n"
NO_CORE = "Not enough cores to start this task"


def trace(task: str, message: str) -> str:
    """What libmoon's handler of errors prints."""
    return (
        f"\x1b[0;31m[FATAL] Lua error in task {task}\x1b[0m\n{message}\r\n"
        "Stack Traceback\n===============\n(2) Lua field 'f' at file '/a.lua:1'\r\n"
    )


CORES = "\x1b[1;37m[INFO]  Waiting\x1b[0m\n" + trace(
    "master", f"/opt/MoonGen/libmoon/lua/libmoon.lua:175: \x1b[0;31m{NO_CORE}\x1b[0m"
)
BROKEN = trace("mb_load", "...n/middlebench_tasks.lua:7: attempt to index a nil value")
TWICE = BROKEN + CORES


class Host:
    """Answers commands by what they begin with, and keeps them; `cat` with what a host was told."""

    def __init__(self, **answers: "Result | Host") -> None:
        self.answers = answers
        self.commands: list[str] = []

    def run(self, command: str, **options: object) -> Result:
        """What invoke's contexts do."""
        assert options.pop("timeout", 1) > 0
        assert options == {"hide": True, "warn": True, "in_stream": False}
        self.commands.append(command)
        default = {"d": Result(stdout="/any/a b\n")}
        begin = command.replace("=", " ").split(maxsplit=1)[0]
        answer = self.answers.get(begin, default.get(begin, self if begin == "cat" else Result()))
        return Result(stdout=json.dumps(answer.result())) if isinstance(answer, Host) else answer

    def result(self) -> dict:
        """What the script would write of the trial that it was told."""
        words = words_of(self)
        told = dict(pairwise(words))
        about = {"frame_size": int(told["--frame-size"]), "flows": int(told["--flows"])}
        about |= {"rate_mbit": float(told["--rate"]), "protocol": told["--protocol"]}
        return make_moongen_result(identity=about) | {"run_id": int(told["--run-id"])}


def words_of(host: Host) -> list[str]:
    """The command line of MoonGen."""
    return next(shlex.split(command) for command in host.commands if "build/MoonGen" in command)


def test_command_line():
    """Every value reaches the script, quoted; timeout kills."""
    host = Host()
    generator = MoonGen(host, "/opt/Moon Gen", DEVICES, stamps="software")
    settings = SETTINGS | {"protocol": "tcp"}
    result = generator.run_trial(500, 64, 100, settings, 9, "echo '$x'", "two words")
    assert result == host.result()
    words = words_of(host)
    assert words[:8] == ["cd", "/opt/Moon Gen", "&&", "exec", "timeout", "--foreground", "-k", "2"]
    assert words[9:11] == ["./build/MoonGen", str(SCRIPT)]
    assert words[11] == "--dpdk-config=/any/a b/dpdk-conf.lua"
    options = dict(zip(words[12::2], words[13::2], strict=True))
    assert options == {
        "--tx-port": "0", "--rx-port": "1", "--rate": "500", "--frame-size": "64",
        "--flows": "100", "--flows-a-destination": "64512", "--protocol": "tcp",
        "--order": "random", "--seed": "3", "--run-id": "9", "--link-speed": "10000",
        "--ready-ms": "10000", "--warmup-ms": "100", "--window-ms": "300", "--drain-ms": "100",
        "--stall-ms": "100", "--pacing": "hardware", "--stamps": "software",
        "--learned": "echo '$x'", "--then": "two words", "--out": "/any/a b/result.json",
    }  # fmt: skip
    assert host.commands[-1] == "rm -rf '/any/a b'"


def test_runs_as_root():
    """Where the host can run as root, MoonGen does, and nothing else."""
    root = Host()
    host = Host(cat=root)
    host.as_root = root.run
    MoonGen(host, "/opt/MoonGen", DEVICES).run_trial(1, 64, 1, SETTINGS, 9)
    assert len(root.commands) == 1
    assert "build/MoonGen" in root.commands[0]
    assert not [command for command in host.commands if "build/MoonGen" in command]


def test_every_option_is_the_scripts():
    """No option is passed that the script does not declare, and none of its is forgotten."""
    host = Host()
    MoonGen(host, "/opt/MoonGen", DEVICES).run_trial(1, 64, 1, SETTINGS, 9)
    passed = {word.removeprefix("--") for word in words_of(host)[11:] if word.startswith("--")}
    passed = {name for name in passed if "=" not in name}
    text = SCRIPT.read_text("utf-8").partition("local OPTIONS = {")[2].partition("\n}")[0]
    declared = {line.split('"')[1] for line in text.splitlines() if '"' in line}
    assert declared - passed == {"dst-mac"}
    assert passed <= declared


def test_modules():
    """All that must be copied to the host lies beside the script."""
    assert SCRIPT in MODULES
    for module in MODULES:
        for line in module.read_text("utf-8").splitlines():
            if 'require "middlebench' in line:
                assert module.with_name(line.split('"')[1] + ".lua") in MODULES


def test_construction_contacts_nobody():
    """A generator that is made has run nothing."""
    host = Host()
    MoonGen(host, "/opt/MoonGen", DEVICES)
    assert host.commands == []


@pytest.mark.parametrize(
    "devices",
    [[], DEVICES[:1], [DEVICES[0]] * 2, ["0", "1"], ['0000:03:00.0"}', DEVICES[0]], [*DEVICES, ""]],
)
def test_devices(devices):
    """Devices are two different PCI addresses, or refused in one line."""
    with pytest.raises(ConfigError, match=r"allowed: two PCI addresses like 0000:03:00\.0"):
        MoonGen(Host(), "/opt/MoonGen", devices)


@pytest.mark.parametrize("status", [124, 137, -9])
def test_timeout(status):
    """timeout(1)'s statuses are a hang, and the folder goes all the same."""
    host = Host(cd=Result(exited=status))
    with pytest.raises(GeneratorError, match="did not end within"):
        MoonGen(host, "/opt/MoonGen", DEVICES).run_trial(1, 64, 1, SETTINGS, 9)
    assert host.commands[-1].startswith("rm -rf")


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ({"cd": Result(stderr="EAL: x\nmoongen: why\nEAL: y\n", exited=3)}, "moongen: why (exit "),
        ({"cd": Result(stderr="sh: no timeout\n", exited=127)}, "moongen: sh: no timeout (exit "),
        ({"cd": Result(stdout="[FATAL]", exited=1)}, "moongen: no message (exit status 1)"),
        ({"cd": Result(stdout=CORES, stderr=EAL, exited=1)}, f"moongen: {NO_CORE} (exit status 1)"),
        ({"cd": Result(stdout=CORES, stderr=EAL), "cat": Result(exited=1)},
         f"moongen: ended without a result: {NO_CORE}"),
        ({"cd": Result(stdout=TWICE, stderr=EAL, exited=1)}, f"moongen: {NO_CORE} (exit status 1)"),
        ({"cd": Result(stdout=BROKEN, stderr=f"{EAL}moongen: task load crashed\n", exited=3)},
         "moongen: task load crashed: attempt to index a nil value (exit status 3)"),
        ({"cat": Result(stderr="cat: no", exited=1)},
         "moongen: ended without a result: its script does not load"),
        ({"cat": Result(stdout="{")}, "moongen: its result is not JSON ("),
        ({"d": Result(stderr="mktemp: disk full", exited=1)}, "moongen: mktemp: disk full (exit"),
    ],
)  # fmt: skip
def test_moongen_fails(answers, line):
    """Each failure is one line: ours, or the error that Lua tells of in MoonGen's log.

    As libmoon dfceafc does: log:fatal is error() with colours and a place (lua/log.lua:129), its
    trace goes to standard output (lua/main.lua:29), and DPDK's "EAL: Detected N lcore(s)" stands on
    standard error whatever happens (6d6c77b, eal_common_lcore.c:109).
    """
    host = Host(**answers)
    with pytest.raises(GeneratorError) as failed:
        MoonGen(host, "/opt/MoonGen", DEVICES).run_trial(1, 64, 1, SETTINGS, 9)
    assert str(failed.value).startswith(line)
    assert "\n" not in str(failed.value)


def test_longest():
    """A trial may take twice its own bounds, beside DPDK's start and the learning of flows."""
    assert longest_s(100, DURATIONS) == pytest.approx(60 + 10 + 2 * 0.9 + 0.02)
    long = DURATIONS | {"window_ms": 60_000}
    assert longest_s(100, long) > 120 + longest_s(100, DURATIONS) - 1
    assert longest_s(10_000_000, DURATIONS) > 2000


def test_fraction_of_a_rate_is_not_lost():
    """The script refuses fractions for the NIC; the driver does not cut them before."""
    host = Host()
    MoonGen(host, "/opt/MoonGen", DEVICES).run_trial(99.5, 64, 1, SETTINGS, 9)
    assert words_of(host)[words_of(host).index("--rate") + 1] == "99.5"
