"""Variants that live in turns, with real packets: token buckets whose capacity is known."""

import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest

from marked import CLEAN_WITHIN_S, alive, descendants, wait_for
from middlebench.errors import DutError
from middlebench.measuring import rounds, turns
from middlebench.measuring.parts import Parts
from middlebench.measuring.rounds import NO_TURN, run_round
from middlebench.measuring.variants import Variant
from middlebench.records.comparison_file import CAPACITY, LATENCY
from workspace import REPOSITORY

COMPARING = {
    "turn_ms": 50, "settle_ms": 8, "window_ms": 200, "rounds": 1, "min_starts": 1, "max_s": 60,
    "overload_ratio": 1.2, "latency_load": 0.5, "decides": ["capacity"],
}  # fmt: skip
BUCKET = {
    "capacity_pps": 500_000, "queue_packets": 256, "bucket_packets": 32, "delay_us": 0,
    "pause_share": 0, "seed": 1,
}  # fmt: skip
FLOWS = 10


@pytest.fixture
def variant(program, binary, settings):
    """`variant(capacity_pps)`: a token bucket."""

    def make(capacity_pps):
        parts = Parts("token-bucket", "forward", program, binary)
        return Variant(
            parts, settings | {"dut": BUCKET | {"capacity_pps": capacity_pps}}, 64, FLOWS
        )

    return make


def rate_of(part):
    """Packets/s in the time that is judged."""
    return part["received"] / part["clean_s"]


def test_a_bucket_of_less_capacity_is_found_beside_another(variant, calibration):
    """5 % less: the ratio is 0.95 within 1 %; at half load neither loses any."""
    two = {"base": variant(500_000), "other": variant(475_000)}
    comparison = {"name": "x", "testbed": "sandbox", "made_from": {}, "settings": COMPARING}
    said = []
    decide = lambda _: [{"decision": "slower"}]  # noqa: E731
    ceiling = calibration | {"ceiling_pps": 1.5e6}
    found = turns.compare(comparison, two, ceiling, decide, say=said.append)
    overload, light = (row["variants"] for row in found["starts"][0]["rounds"])
    assert rate_of(overload["other"]) / rate_of(overload["base"]) == pytest.approx(0.95, rel=0.01)
    assert rate_of(overload["base"]) == pytest.approx(500_000, rel=0.02)
    assert {part["verdict"] for part in overload.values()} == {"overloaded"}
    assert all(part["loss_ratio"] < 0.005 for part in light.values())
    assert all(part["latency"]["p50_ns"] < 1e6 for part in light.values())
    assert found["software"].keys() == two.keys()
    assert len(said) == 1


def test_turns_of_buckets_are_found(variant, calibration):
    """They have no caches: the tokens that they have while frozen, 32 of 500 in the first ms, are
    all that is more than later.  All of a turn was seen, in each of its milliseconds."""
    two = {"base": variant(500_000), "other": variant(475_000)}
    auto = COMPARING | {"turn_ms": "auto", "settle_ms": "auto"}
    comparison = {"name": "x", "testbed": "sandbox", "made_from": {}, "settings": auto}
    decide = lambda _: [{"base": "base", "other": "other", "decision": "slower", "said": ""}]  # noqa: E731
    ceiling = calibration | {"ceiling_pps": 1.5e6}
    found = turns.compare(comparison, two, ceiling, decide, say=lambda _: None)
    assert found["turns"]["turn_ms"] == 50
    assert 1 <= found["turns"]["settle_ms"] <= 8
    for of in found["turns"]["found"].values():
        assert of["said"] is None
        told = [rate for rate in of["rates"] if rate is not None]
        assert len(told) > 150
        assert sum(told[20:]) / len(told[20:]) == pytest.approx(1, rel=0.02)
    overload = found["starts"][0]["rounds"][0]["variants"]
    assert rate_of(overload["other"]) / rate_of(overload["base"]) == pytest.approx(0.95, rel=0.01)


@pytest.mark.tried("words")
def test_a_dut_that_is_killed_while_frozen_is_named(variant, calibration, monkeypatch):
    """One line says whose; nothing of either is left."""
    two = {"base": variant(500_000), "other": variant(500_000)}
    freeze = rounds.Freezer.freeze
    frozen = []

    def freeze_and_kill(freezer):
        freeze(freezer)
        frozen.append(freezer)
        if len(frozen) == 12:  # both send by then
            inside = [child for child in descendants(psutil.Process()) if stopped_bucket(child)]
            assert inside
            inside[0].kill()

    monkeypatch.setattr(rounds.Freezer, "freeze", freeze_and_kill)
    with pytest.raises(DutError, match=r"(base|other): |token_bucket is gone") as error:  # noqa: SIM117
        with turns._living(two, None) as living:
            run_round(living, CAPACITY, 750_000, COMPARING, calibration)
    assert "\n" not in str(error.value)
    wait_for(lambda: not buckets(), CLEAN_WITHIN_S, "end of both")


@pytest.mark.slow
@pytest.mark.tried("lies")
def test_turns_that_are_given_late_are_no_fault_of_a_dut(variant, calibration, monkeypatch):
    """Whoever gives them may be kept from his CPU, for longer than a window: nobody is blamed."""
    two = {"base": variant(500_000), "other": variant(500_000)}
    thaw, late = rounds.Freezer.thaw, random.Random(1)

    def thaw_late(freezer):
        time.sleep(late.choice([0, 0, 0, 0.8]))
        thaw(freezer)

    monkeypatch.setattr(rounds.Freezer, "thaw", thaw_late)
    brief = COMPARING | {"window_ms": 50}
    found = []
    for _ in range(4):
        with turns._living(two, None) as living:
            found.append(run_round(living, CAPACITY, 750_000, brief, calibration))
    said = [part["said"] for of in found for part in of.values()]
    assert any(NO_TURN in words for words in said)  # else this test shows nothing


def stopped_bucket(process):
    """Is it a DUT that stands still?"""
    try:
        return process.name() == "token_bucket" and process.status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False


def buckets():
    """The DUTs that this process has begun."""
    return [child for child in descendants(psutil.Process()) if child.name() == "token_bucket"]


RUN = """
import sys
from pathlib import Path
import yaml
from middlebench.experiment import grid
from middlebench.measuring import turns
from middlebench.measuring.parts import Parts
from middlebench.measuring.variants import Variant
from middlebench.hosts.lock import end_with_owner

config = yaml.safe_load(Path("config.yaml").read_text())
settings = grid.measuring_settings(config, "nat_64b") | {"dut": %r}
parts = Parts("token-bucket", "forward", Path(sys.argv[1]), Path(sys.argv[2]))
two = {name: Variant(parts, settings, 64, 10) for name in ("base", "other")}
comparison = {"name": "x", "testbed": "sandbox", "made_from": {}, "settings": %r}
end_with_owner()
decide = lambda _: [{"decision": "undecided", "what": "loss"}]
turns.compare(comparison, two, {"ceiling_pps": 1.5e6}, decide)
"""


@pytest.mark.tried("hangs")
@pytest.mark.parametrize(
    "ending", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_nothing_is_left_stopped_whatever_ends_the_run(program, binary, ending):
    """Ended while one is frozen: within seconds none of its processes is there, stopped or not."""
    code = RUN % (BUCKET, COMPARING)
    path = os.pathsep.join(str(REPOSITORY / part) for part in ("workflow/scripts", "tests"))
    run = subprocess.Popen(
        [sys.executable, "-c", code, program, binary],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    process = psutil.Process(run.pid)

    def frozen():
        found = descendants(process)
        return any(map(stopped_bucket, found)) and found

    seen = wait_for(frozen, 30, "a DUT that stands still")
    run.send_signal(ending)
    _, said = run.communicate(timeout=30)
    wait_for(lambda: not alive(seen), CLEAN_WITHIN_S, "end of all processes")
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_connections_live_on_while_frozen(protocol, parts, settings, calibration):
    """Each switch tracks all of its flows after turns of others, as it does alone."""
    chosen = settings | {"protocol": protocol}
    two = {name: Variant(parts("nat"), chosen, 64, 1000) for name in ("base", "other")}
    with turns._living(two, None) as living:
        found = run_round(living, LATENCY, 200_000, COMPARING, calibration)
    assert all(part["verdict"] in ("ok", "overloaded") for part in found.values()), found
    assert all(part["received"] > 0.9 * part["sent"] > 0 for part in found.values())
