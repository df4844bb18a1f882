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
        "--flows": "100", "--protocol": "tcp", "--order": "random", "--seed": "3", "--run-id": "9",
        "--link-speed": "10000", "--ready-ms": "10000", "--warmup-ms": "100",
        "--window-ms": "300", "--drain-ms": "100", "--stall-ms": "100", "--pacing": "hardware",
        "--stamps": "software", "--learned": "echo '$x'", "--then": "two words",
        "--out": "/any/a b/result.json",
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


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ({"cd": Result(stderr="EAL: x\nmoongen: why\nEAL: y\n", exited=3)}, "moongen: why (exit "),
        ({"cd": Result(stderr="sh: no timeout\n", exited=127)}, "moongen: sh: no timeout (exit "),
        ({"cd": Result(stdout="[FATAL]", exited=1)}, "moongen: no message (exit status 1)"),
        ({"cat": Result(stderr="cat: no", exited=1)}, "moongen: ended without a result"),
        ({"cat": Result(stdout="{")}, "moongen: its result is not JSON ("),
        ({"d": Result(stderr="mktemp: disk full", exited=1)}, "moongen: mktemp: disk full (exit"),
    ],
)
def test_failures(answers, line):
    """Each failure is one line; standard output is a log and is never read."""
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
