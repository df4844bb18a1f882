"""A comparison: which starts it makes and when it ends, with stand-ins for DUTs and rounds."""

from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from middlebench.errors import ConfigError
from middlebench.loadgens.softgen import Softgen
from middlebench.measuring import turns
from middlebench.measuring.parts import Parts
from middlebench.measuring.variants import Variant, check_room
from middlebench.records.comparison_file import CAPACITY, LATENCY
from middlebench.testbeds.places import TwoHosts

SETTINGS = {
    "turn_ms": 50, "settle_ms": 8, "window_ms": 500, "rounds": 2, "min_starts": 4, "max_s": 120,
    "overload_ratio": 1.2, "latency_load": 0.5, "decides": ["capacity"],
}  # fmt: skip
COMPARISON = {"name": "nat_emc", "testbed": "sandbox", "made_from": {}, "settings": SETTINGS}
CEILING = {"ceiling_pps": 10e6}
PAIR = {"base": "base", "other": "other", "what": CAPACITY, "said": "0.9"}
CARRIED = {"base": 2e6, "other": 1e6}


def variant(**dut):
    """One of Open vSwitch with so much memory."""
    parts = Parts("ovs-dpdk", "nat", Path("nat.flows"), Path("softgen"))
    return Variant(parts, {"dut": {"memory_mb": 512} | dut}, 64, 100)


def of_the_kernel():
    """One that says nothing of memory."""
    return Variant(Parts("linux", "nat", Path("nat.nft"), Path("softgen")), {"dut": {}}, 64, 100)


@pytest.fixture
def clock(monkeypatch):
    """Seconds that have passed: each start takes ten."""
    passed = [0.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: passed[0])
    return passed


@pytest.fixture
def rounds(monkeypatch, clock):
    """What rounds are asked for; each variant carries CARRIED."""
    asked = []

    @contextmanager
    def living(variants, host):
        del host
        clock[0] += 10
        yield dict(variants)

    def run_round(alive, kind, rate_pps, comparing, calibration):
        assert calibration == CEILING
        asked.append((list(alive), kind, rate_pps, comparing["window_ms"]))
        row = {"clean_s": 0.5}
        about = {"traffic_s": 1.0, "verdict": "overloaded"}
        return {
            name: {"states": {"alone": row | {"received": CARRIED[name] / 2}}, **about}
            for name in alive
        }

    monkeypatch.setattr(turns, "_living", living)
    monkeypatch.setattr(turns, "run_round", run_round)
    monkeypatch.setattr(turns, "_facts", lambda _: {"software": {}, "host": {}})
    monkeypatch.setattr(turns, "check_room", lambda *_: None)
    return asked


def compared(decisions, **settings):
    """(what compare gives, what it said) when `decisions` come one after the other."""
    said, left = [], iter(decisions)
    comparison = COMPARISON | {"settings": SETTINGS | settings}
    variants = {"base": variant(), "other": variant()}
    decide = lambda starts: [PAIR | {"decision": next(left)} for _ in starts[:1]]  # noqa: E731
    return turns.compare(comparison, variants, CEILING, decide, say=said.append), said


def test_roles_are_swapped_between_starts(rounds):
    """Who is started first, and has the first turn, comes second in the next start."""
    found, said = compared(["not slower"] * 2)
    assert [start["first"] for start in found["starts"]] == ["base", "other"] * 2
    firsts = [names for names, *_ in rounds]
    scouted, there, back = (
        [["base", "other"]] * 5,
        [["base", "other"]] * 4,
        [["other", "base"]] * 4,
    )
    assert firsts == scouted + back + there + back
    assert found["variants"] == ["base", "other"]
    assert said[-1] == "compare nat_emc: 4 starts in 40 s, 1 of 1 decided"
    assert found["traffic_s"] == 16.0


def test_rounds_of_a_start_are_in_overload_and_then_at_one_load_for_all(rounds):
    """A fifth more than the greatest capacity, then a share of the least one."""
    found, _ = compared(["slower"] * 3)
    assert [(kind, rate) for _, kind, rate, _ in rounds][:6] == [
        (CAPACITY, 6e6),  # nothing is known yet: a share of the generator's ceiling
        (CAPACITY, 2.4e6),
        (CAPACITY, 2.4e6),
        (LATENCY, 0.5e6),
        (LATENCY, 0.5e6),
        (CAPACITY, 2.4e6),
    ]
    assert [window for *_, window in rounds][:4] == [turns.SCOUT_MS, 500, 500, 500]
    kinds = [(row["round"], row["kind"]) for row in found["starts"][0]["rounds"]]
    assert kinds == [(1, CAPACITY), (2, CAPACITY), (3, LATENCY), (4, LATENCY)]


@pytest.mark.parametrize(
    ("decides", "later"),
    [
        (["capacity"], {CAPACITY}),
        (["latency_p99", "loss"], {LATENCY}),
        (["capacity", "latency_p50"], {CAPACITY, LATENCY}),
    ],
)
@pytest.mark.usefixtures("rounds")
def test_what_nobody_decides_on_is_told_of_the_first_starts(decides, later):
    """Time is for what decides."""
    found, _ = compared(["undecided"] * 6, decides=decides)
    kinds = [{row["kind"] for row in start["rounds"]} for start in found["starts"]]
    assert kinds == [{CAPACITY, LATENCY}] * 4 + [later] * 8


@pytest.mark.usefixtures("rounds")
@pytest.mark.parametrize(("what", "starts"), [("capacity", 4), ("loss", 12)])
def test_what_carries_all_of_the_load_is_not_looked_at_for_long(monkeypatch, what, starts):
    """The generator makes no more: of its capacity more starts tell no more; of losses they do."""
    run_round = turns.run_round

    def carries_all(*about):
        parts = run_round(*about)
        return parts | {"base": parts["base"] | {"verdict": "ok"}}

    monkeypatch.setattr(turns, "run_round", carries_all)
    decide = lambda _: [PAIR | {"what": what, "decision": "undecided"}]  # noqa: E731
    two = {name: variant() for name in ("base", "other")}
    found = turns.compare(COMPARISON, two, CEILING, decide, say=lambda _: None)
    assert len(found["starts"]) == starts


def of_turns(late):
    """What comes back in each millisecond of a turn: less in the first ten, or until it is late."""
    share = np.linspace(0.5, 1, 200) if late else np.where(np.arange(200) < 10, 0.5, 1)
    return {"idle_idle_near": [[20, round(30000 * of)] for of in share]}


@pytest.mark.usefixtures("rounds")
@pytest.mark.parametrize(
    ("late", "starts", "decisions"), [(False, 12, ["undecided"] * 6), (True, 4, ["slower"] * 2)]
)
def test_turns_are_found_before_the_first_start(monkeypatch, late, starts, decisions):
    """Of what both carry in overload; what is never flat is undecided, and looked at no longer."""
    taken, run_round = [], turns.run_round

    def with_turns(alive, kind, rate_pps, comparing, calibration):
        taken.append((kind, rate_pps, *(comparing[of] for of in ("turn_ms", "settle_ms"))))
        parts = run_round(alive, kind, rate_pps, comparing, calibration)
        if "step_us" in comparing:
            parts = {name: part | {"turns": of_turns(late)} for name, part in parts.items()}
        return parts

    monkeypatch.setattr(turns, "run_round", with_turns)
    auto, left, said = dict.fromkeys(("turn_ms", "settle_ms"), "auto"), iter(decisions), []
    found = turns.compare(
        COMPARISON | {"settings": SETTINGS | auto | {"rounds": 1}},
        {"base": variant(), "other": variant()},
        CEILING,
        lambda _: [PAIR | {"decision": next(left)}],
        say=said.append,
    )
    scout, first = (CAPACITY, 6e6, 50, 8), (CAPACITY, SETTINGS["overload_ratio"] * 2e6, 100, 0)
    expected = (200, 99) if late else (60, 10)
    looked = [scout, *[first] * (1 + late)]
    assert taken[: len(looked)] == looked
    assert {row[2:] for row in taken[len(looked) :]} == {expected}
    assert found["turns"]["turn_ms"] == expected[0]
    assert found["turns"]["found"]["other"]["after_ms"] == expected[1]
    assert found["settings"]["turn_ms"] == "auto"
    assert said[0].startswith(
        f"compare nat_emc: turns of {expected[0]} ms, the first {expected[1]}"
    )
    assert len(found["starts"]) == starts
    assert found["pairs"][0]["decision"] == "undecided"
    assert ("nothing is decided" in found["pairs"][0]["said"]) == late


@pytest.mark.parametrize(
    ("decisions", "starts"),
    [
        (["slower"] * 2, 4),
        (["undecided"] * 4 + ["slower"], 10),
        (["undecided"] * 6, 12),
    ],
)
@pytest.mark.usefixtures("rounds")
def test_starts_go_on_while_one_is_undecided_and_there_is_time(decisions, starts):
    """At least four, in twos; none that would not end within 120 s at 10 s a start."""
    found, _ = compared(decisions)
    assert len(found["starts"]) == starts


def test_a_second_pair_has_time_of_its_own(rounds):
    """The budget is one for each pair."""
    three = {name: variant() for name in ("base", "other", "third")}
    CARRIED["third"] = 1e6
    decide = lambda _: [PAIR | {"decision": "undecided"}] * 2  # noqa: E731
    found = turns.compare(COMPARISON, three, CEILING, decide, say=lambda _: None)
    assert len(found["starts"]) == 24
    assert rounds[5][0] == ["third", "other", "base"]


@pytest.mark.tried("words")
def test_too_much_memory_is_refused_before_anything_starts(tmp_path, monkeypatch):
    """One line with what each needs and what there is."""
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal: 9999999 kB\nMemAvailable:    2048000 kB\n", encoding="ascii")
    two = {"base": variant(), "big": variant(memory_mb=4096)}
    with pytest.raises(ConfigError) as refused:
        check_room("nat_emc", two, None, meminfo)
    assert str(refused.value) == (
        "compare.nat_emc: all variants live at the same time and need 5376 MiB (base 896, big "
        "4480); allowed: what is available here, 2000 MiB (fewer variants, or less memory_mb)"
    )
    check_room("nat_emc", {"base": variant(), "other": variant()}, None, meminfo)
    with pytest.raises(ConfigError, match=r"need 4864 MiB \(big 4480, kernel 384\)"):
        check_room("nat_emc", {"big": two["big"], "kernel": of_the_kernel()}, None, meminfo)
    monkeypatch.setattr(Softgen, "memory_mb", 300)
    with pytest.raises(ConfigError, match="need 2136 MiB"):
        check_room("nat_emc", {"base": variant(), "other": variant()}, None, meminfo)


def test_hosts_with_ports_of_their_own_are_refused():
    """They have two ports in all."""
    with pytest.raises(ConfigError, match=r"^compare\.nat_emc: 2 variants, each with two ports"):
        check_room("nat_emc", {"a": variant(), "b": variant()}, TwoHosts(None, None, {}))
