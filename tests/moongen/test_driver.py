"""Whole trials through the driver: a real shell, timeout(1), and a stand-in for the program."""

import json
import shlex
import subprocess
import sys

import fastjsonschema
import pytest

import records
from middlebench.errors import GeneratorError
from middlebench.files import fast_schema
from middlebench.hosts.commands import this_machine
from middlebench.hosts.connect import open_host
from middlebench.loadgens import moongen
from middlebench.records import record
from middlebench.records.read import read
from moongen.standin import HERE
from records import SOFTWARE, record_of, write_record
from results import IDENTITY

DEVICES = ["0000:03:00.0", "0000:03:00.1"]
SETTINGS = {
    "durations": {
        "warmup_ms": 10, "window_ms": 40, "drain_ms": 20, "stall_ms": 20, "max_windows": 6,
    },
    "seed": 1, "flow_order": "round_robin", "link_mbit": 10000, "gating": None,
}  # fmt: skip


@pytest.fixture
def checkout(tmp_path):
    """A folder as MoonGen's, with a name that a shell would take apart."""
    path = tmp_path / "Moon Gen's $HOME"
    program = path / "build" / "MoonGen"
    program.parent.mkdir(parents=True)
    words = shlex.join([sys.executable, str(HERE / "standin.py")])
    program.write_text(f'#!/bin/sh\nexec {words} "$@"\n', "utf-8")
    program.chmod(0o755)
    return path


@pytest.fixture
def run_trial(checkout, tmp_path, monkeypatch):
    """Run a trial in a world; nothing may be left in the folder of temporary files."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("PYTHONPATH", str(HERE))

    def start(world=None, size=64, devices=DEVICES, settings=None, learned=":", **choices):
        asked = {"frame_size": size, "pps": 1e8 / 8 / size} | (world or {})
        monkeypatch.setenv("STANDIN_WORLD", json.dumps(asked))
        host = choices.pop("host", None) or this_machine()
        generator = moongen.MoonGen(host, str(checkout), devices, **choices)
        try:
            return generator.run_trial(100, size, 10, SETTINGS | (settings or {}), 7, learned)
        finally:
            assert not list(temporary.iterdir())

    return start


@pytest.fixture
def valid_tally():
    """Check a tally against the record's schema."""
    path = fast_schema.SCHEMAS / "point.schema.json"
    definitions = json.loads(path.read_text("utf-8"))["definitions"]
    return fastjsonschema.compile({"$ref": "#/definitions/tally", "definitions": definitions})


@pytest.mark.parametrize(
    "choices", [{}, {"settings": {"protocol": "tcp"}, "stamps": "software"}], ids=["udp", "tcp"]
)
@pytest.mark.parametrize("size", [64, 1518])
def test_to_the_record(run_trial, valid_tally, size, choices):
    """What the script measures is a record's raw and gated part."""
    result = run_trial({"loss_every": 20}, size, **choices)
    for part in ("raw", "gated"):
        tally = record.tally(result, part, virtual=False)
        valid_tally(tally)
        assert tally["loss_ratio"] == pytest.approx(0.05, rel=0.2)
        assert tally["latency"]["count"] == result["latency_probes"]["received"]
    assert result["learned_flows"] == 10
    assert result["run_id"] == 7


@pytest.mark.parametrize(
    ("world", "verdict"),
    [
        ({}, "ok"),
        ({"loss_every": 20}, "overloaded"),
        ({"dead_after": 4000}, "stalled"),
        ({"rate_error": 1.25}, "generator_limited"),
    ],
)
def test_whole_record(run_trial, tmp_path, world, verdict):
    """A whole record of it is believed, and the verdicts understand it."""
    result = run_trial(world)
    identity = IDENTITY | {"flows": 10, "rate_mbit": 100}
    settings = records.SETTINGS | SETTINGS | {"virtual": False}
    software = {**SOFTWARE, "generator": {"name": "moongen", "sha256": "cd" * 32}}
    made = read(write_record(tmp_path, record_of(result, identity, settings, software)))
    assert made["verdict"]["name"] == verdict, made["verdict"]["reason"]
    assert record.describe(made)


def test_on_a_host(run_trial):
    """A testbed's host, with its own limits of time, runs it as well."""
    with open_host({"address": "local"}) as host:
        assert run_trial(host=host)["raw"]["sent"] > 0


def test_nothing_back_in_the_record(run_trial, valid_tally):
    """Without a reply there is no latency, and all is lost."""
    tally = record.tally(run_trial({"dead_after": 1}), "raw", virtual=False)
    valid_tally(tally)
    assert tally["latency"] is None
    assert tally["loss_ratio"] == 1


def test_ports_by_pci_address(run_trial, tmp_path):
    """DPDK numbers ports by ascending address: a higher one inside is port 1."""
    world = {"inside": 1, "outside": 0, "config_copy": str(tmp_path / "config"), "tracker": True}
    choices = {"settings": {"protocol": "tcp"}, "stamps": "software"}  # only from inside
    result = run_trial(world, devices=DEVICES[::-1], **choices)
    assert result["learned_flows"] == 10
    assert (tmp_path / "config").read_text("utf-8") == (
        'DPDKConfig { pciWhitelist = {"0000:03:00.1", "0000:03:00.0"} }\n'
    )


def test_hook(run_trial, tmp_path):
    """The command for learned flows runs, as it was written."""
    said = tmp_path / "it's said"
    run_trial(learned=f'echo "$((1 + 1))" > {shlex.quote(str(said))}')
    assert said.read_text("utf-8") == "2\n"


@pytest.mark.parametrize(
    ("world", "choices", "line"),
    [
        (
            {"links": 1},
            {},
            "moongen: 1 of 2 links are up (ports 0 and 1): is the cable in, is the ",
        ),
        (
            {"crash": "mb_load"},
            {},
            "moongen: task load crashed; MoonGen's log says why: asked to crash (exit status 3)",
        ),
        ({"rate_error": 0.3}, {}, "moongen: sent 3"),
        ({"latency_ns": 1e11}, {}, "moongen: no frame came through in 10000 ms (exit status 6)"),
        ({"driver": "net_virtio"}, {}, "moongen: --pacing: hardware; allowed with driver"),
        ({}, {"learned": "false"}, "moongen: --learned fails: false (exit status 5)"),
        (
            {},
            {"script": "/nowhere.lua"},
            "moongen: cannot open /nowhere.lua: No such file or directory (exit status 255)",
        ),
        (
            {"cores": 2},
            {},
            "moongen: Not enough cores to start this task (exit status 1)",
        ),
        (
            {"queues": 1},
            {},
            "moongen: device supports only 1 tx queues, requested 2 (exit status 1)",
        ),
        (
            {"ports": 1},
            {},
            "moongen: --rx-port: 1; allowed: up to 0, as DPDK has 1 ports",
        ),
    ],
)
def test_failures(run_trial, world, choices, line):
    """A failed trial is one line that says why."""
    with pytest.raises(GeneratorError) as failed:
        run_trial(world, **choices)
    assert str(failed.value).startswith(line)
    assert "\n" not in str(failed.value)


def test_hang_is_killed(run_trial, monkeypatch):
    """A task that waits for ever and does not hear SIGTERM is killed."""
    monkeypatch.setattr(moongen, "longest_s", lambda *_: 1)
    monkeypatch.setattr(moongen, "KILL_S", 0.2)
    with pytest.raises(GeneratorError, match="did not end within 1 s, and was killed"):
        run_trial({"hang": "mb_load"})


def test_script_that_does_not_load(run_trial, tmp_path):
    """MoonGen exits with 0 after an error in the script: without a result it failed, and why."""
    script = tmp_path / "broken.lua"
    script.write_text("error('an odd name')", "utf-8")
    with pytest.raises(GeneratorError) as failed:
        run_trial(script=str(script))
    assert str(failed.value) == "moongen: ended without a result: an odd name"


def test_script_that_cannot_be_parsed(run_trial, tmp_path):
    """MoonGen exits with 255, and says where on standard error."""
    script = tmp_path / "broken.lua"
    script.write_text("function f(\n", "utf-8")
    with pytest.raises(GeneratorError) as failed:
        run_trial(script=str(script))
    # Lua shortens a long path in front, and a newer LuaJIT expects "<name> or '...'"
    assert "/broken.lua:2: <name> " in str(failed.value)
    assert str(failed.value).endswith(" expected near '<eof>' (exit status 255)")


def test_verify(checkout):
    """A built checkout has a commit."""
    git = ["git", "-C", str(checkout), "-c", "user.name=test", "-c", "user.email=test@localhost"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "one"], check=True)
    said = moongen.verify(this_machine(), str(checkout))
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    assert said == {"name": "moongen", "commit": head.stdout.strip()}


@pytest.mark.parametrize(
    ("missing", "what"),
    [
        ("", "no such folder"),
        ("build/MoonGen", "build/MoonGen is missing, MoonGen is not built"),
        (".git", "its commit is unknown ("),
    ],
)
def test_verify_says_what_is_missing(checkout, monkeypatch, missing, what):
    """Otherwise one line names what is missing, where, and the upstream guide."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(checkout.parent))
    path = checkout if missing else checkout / "elsewhere"
    if missing == "build/MoonGen":
        (checkout / missing).unlink()
    with pytest.raises(GeneratorError) as failed:
        moongen.verify(this_machine(), str(path))
    assert f"moongen.path: {path} on this machine: {what}" in str(failed.value)
    assert str(failed.value).endswith(f"see {moongen.GUIDE}")
    assert "\n" not in str(failed.value)
