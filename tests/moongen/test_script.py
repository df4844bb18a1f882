"""middlebench.lua under LuaJIT, in a world that forwards and breaks the run with a broken rule.

What MoonGen would let pass, and spoil the measurement: workflow/loadgens/moongen/*.lua names each.
"""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lupa import luajit21

from middlebench.measuring.load_plan import PORTS, plan_flow
from moongen.standin import SCRIPT

SIZES = (64, 65, 128, 1518)


def address_plan(flows: int, seed: int, a_destination: int = PORTS) -> set[str]:
    """The load's flows, as the world writes them."""
    numbers = ipaddress.IPv4Address
    return {
        f"{int(numbers(flow.src))}:{flow.sport}>{int(numbers(flow.dst))}:{flow.dport}"
        for flow in (plan_flow(number, seed, a_destination) for number in range(flows))
    }


def without_protocol(tuples) -> set[str]:
    """5-tuples as address_plan writes them."""
    return {one.rpartition("/")[0] for one in tuples}


@pytest.mark.tried("lies")
@pytest.mark.parametrize("driver", ["net_virtio", "net_af_packet"])
@pytest.mark.parametrize("protocol", ["udp", "tcp"])
def test_checksums_of_a_driver_that_makes_none(trial, driver, protocol):
    """Also where libmoon does not know it and leaves offloads on: the device says what it can."""
    world = {"no_rate": True, "driver": driver, "queues": 2}
    choices = {"pacing": "software", "stamps": "software", "protocol": protocol}
    outcome, result = trial(world=world, **choices)
    assert (outcome.status, outcome.said, outcome.violations) == (0, "", [])
    assert result["pacing"]["driver"] == driver
    assert result["raw"]["sent"] == result["raw"]["received"] > 0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("protocol", "stamps"), [("udp", "hardware"), ("udp", "software"), ("tcp", "software")]
)
def test_trial(trial, size, protocol, stamps):
    """Each protocol at each size, behind a NAT with a strict tracker: all sent, all back, timed."""
    world = {"nat": True, "tracker": True, "latency_ns": 3000}
    choices = {"frame_size": size, "protocol": protocol, "stamps": stamps, "flows": 100}
    outcome, result = trial(world=world, **choices)
    assert (outcome.status, outcome.said, outcome.violations) == (0, "", [])
    raw = result["raw"]
    assert raw == result["gated"]
    assert raw["offered"] == raw["sent"] == raw["received"]
    assert raw["skipped"] == raw["refused"] == 0
    assert result["learned_flows"] == 100
    assert result["learn_passes"] == 3
    assert result["pacing"]["measured_mbit"] == pytest.approx(100, rel=0.05)
    probes = result["latency_probes"]
    assert probes["frame_size"] == (max(size, 80) if stamps == "hardware" else size)
    assert probes["sent"] == probes["received"] == raw["latency"]["count"] > 0
    assert raw["sent"] == pytest.approx(12.5e6 * 0.04 / size + probes["sent"], rel=0.05)
    # in software the stamps are as fine as the loop is fast
    assert 2999 <= raw["latency"]["min_ns"] <= (3001 if stamps == "hardware" else 30_000)
    expected = {size - 4: True} | ({probes["frame_size"] - 4: True} if stamps == "hardware" else {})
    assert outcome.lengths.keys() == expected.keys()


def test_sequence_of_calls(trial):
    """Ports once, links, rates, learning, warm-up, window: in this order, and nothing else."""
    outcome, _ = trial(rate=500)
    rates = ["setRate 0.0 500", "setRate 0.1 112"]
    assert outcome.trace == [
        "config 0 rx=1 tx=2",
        "config 1 rx=2 tx=1",
        "waitForLinks",
        *rates,
        "startTask mb_learn",
        *rates,
        "startTask mb_load",
        *rates,
        "startTask mb_load",
        "startTask mb_stamp_hardware",
        "newUdpTimestamper tx=0.1 rx=1.1",
    ]


@pytest.mark.parametrize(
    ("rate", "size", "queues"),
    [
        (5804, 64, [5804]),
        (5806, 64, [1936, 1935, 1935]),
        (7619, 64, [2540, 2540, 2539]),
        (9869, 1518, [3290, 3290, 3289]),
        (9000, 1518, [9000]),
    ],
)
def test_three_queues(trial, rate, size, queues):
    """From 58 % of the link up to line rate, three queues send a third each."""
    outcome, result = trial(rate=rate, frame_size=size, warmup_ms=0, window_ms=4)
    assert (outcome.status, outcome.said) == (0, "")
    assert result["pacing"]["queues_mbit"] == queues
    assert [f"setRate 0.{number} {mbit}" for number, mbit in enumerate(queues)] == [
        line for line in outcome.trace if line.startswith("setRate")
    ][: len(queues)]
    counts = list(outcome.per_queue.values())
    assert len(counts) == len(queues)
    assert without_protocol(outcome.flows) == address_plan(10, 1)
    assert max(counts) - min(counts) <= 63


@pytest.mark.parametrize("order", ["round_robin", "random"])
@pytest.mark.parametrize("flows", [1, 7, 700])
@pytest.mark.parametrize("seed", [1, 4294967295])
def test_flows(trial, order, flows, seed):
    """Load and probes are of exactly the address plan's N flows, softgen's."""
    outcome, result = trial(order=order, flows=flows, seed=seed, window_ms=100)
    assert result["learned_flows"] == flows
    plan = address_plan(flows, seed)
    assert len(plan) == flows
    assert without_protocol(outcome.flows) == plan
    assert set(outcome.probes) <= {one.partition(">")[0] for one in plan}
    if order == "round_robin":
        counts = outcome.flows.values()
        assert max(counts) - min(counts) <= 2


@pytest.mark.parametrize(
    ("flows", "to_one"), [(PORTS + 3, PORTS), (PORTS + 3, 10**6), (2100, 1024)]
)
def test_more_flows_than_go_to_one_host(trial, flows, to_one):
    """Beyond those the destination counts on, and all 5-tuples still differ."""
    about = {"flows": flows, "flows_a_destination": to_one}
    outcome, result = trial(**about, rate=1000, warmup_ms=0, window_ms=35)
    assert result["learned_flows"] == flows
    assert without_protocol(outcome.flows) == address_plan(flows, 1, to_one)


def test_paced_in_software(trial):
    """A driver without rate control, offloading and stamps is paced and stamped in software."""
    world = {"no_rate": True, "no_stamps": True, "driver": "net_virtio"}
    for protocol in ("udp", "tcp"):
        choices = {"pacing": "software", "stamps": "software", "protocol": protocol}
        outcome, result = trial(world=world, **choices)
        assert (outcome.status, outcome.violations) == (0, [])
        assert not [line for line in outcome.trace if line.startswith("setRate")]
        assert result["pacing"]["measured_mbit"] == pytest.approx(100, rel=0.05)
        assert result["raw"]["skipped"] == 0


def test_late_is_skipped(trial):
    """Paced in software, what a stop of the task delayed is skipped: never a burst after it."""
    world = {"no_rate": True, "driver": "net_virtio", "pause_s": 0.008}
    outcome, result = trial(world=world, pacing="software", stamps="software", warmup_ms=0)
    assert (outcome.status, outcome.violations) == (0, [])
    assert result["raw"]["skipped"] == pytest.approx(0.008 * 1e8 / 8 / 64, rel=0.1)


def test_slow_to_learn(trial):
    """A sender slower than the learning rate still reads what comes back before queues overflow."""
    _, result = trial(world={"frame_cost_s": 2e-5}, flows=2000, rate=10)
    assert (result["learned_flows"], result["learn_passes"]) == (2000, 3)


def test_handshake_of_a_slow_dut(trial):
    """Data waits until the SYNs are answered, also when that takes milliseconds."""
    world = {"tracker": True, "latency_ns": 8e6}
    _, result = trial(world=world, protocol="tcp", stamps="software", ready_ms=1000)
    assert result["learned_flows"] == 10
    assert result["received_total"] == result["sent_total"]


def test_loss_is_counted(trial):
    """What the DUT drops is missing from the counters, and it still forwards afterwards."""
    _, result = trial(world={"loss_every": 10})
    raw = result["raw"]
    assert raw["sent"] - raw["received"] == pytest.approx(raw["sent"] / 10, rel=0.05)
    assert (result["probes"], result["probes_received"]) == (1, 1)


def test_overload(trial):
    """A DUT of half the rate passes half, with full queues in the latency, some of it lost."""
    _, result = trial(world={"capacity_pps": 100_000}, stamps="software")
    raw, probes = result["raw"], result["latency_probes"]
    assert 0.4 < raw["received"] / raw["sent"] < 0.7
    assert raw["latency"]["max_ns"] > 5e6
    assert probes["sent"] == probes["received"] + probes["lost"]


def test_stalled(trial):
    """A DUT that stops for good: silence, and no single frame comes back."""
    _, result = trial(world={"dead_after": 4000})
    assert result["silence_ms"] > 10
    assert result["probes"] > 10
    assert result["probes_received"] == 0
    assert result["latency_probes"]["lost"] > 0


def test_nothing_timed(trial):
    """No probe back: latency is null, never 0."""
    _, result = trial(world={"dead_after": 1})
    assert result["raw"]["latency"] is None


def test_foreign_frames(trial):
    """More frames back than were sent: the difference is foreign, loss is not negative."""
    _, result = trial(world={"strangers": 1000})
    assert result["foreign"] > 0
    assert result["raw"]["received"] == result["raw"]["sent"]


def test_generator_too_slow(trial):
    """A NIC below the rate: what was not sent in time is skipped, and the measured rate says so."""
    _, result = trial(world={"rate_error": 1.25}, rate=1000)
    raw = result["raw"]
    assert raw["offered"] == raw["sent"] + raw["skipped"] + raw["refused"]
    assert 0.1 < (raw["skipped"] + raw["refused"]) / raw["offered"] < 0.25
    assert result["pacing"]["measured_mbit"] == pytest.approx(800, rel=0.05)


REFUSED = [
    ({"rate": 7620}, {}, "--rate: 7620 Mbit/s; allowed: up to 7619, line rate of a link of 10000"),
    ({"rate": 900, "link_speed": 1000}, {}, "--rate: 900 Mbit/s; allowed: up to 761, line rate"),
    ({"link_speed": 1000}, {}, "--link-speed: 1000; allowed: 10000, that of port 0's link"),
    ({"rate": 100.5}, {}, "--rate: 100.5 Mbit/s; allowed: whole Mbit/s, as NICs cut the rest"),
    ({"rate": 0}, {}, "--rate: 0; allowed: a number from 0.001"),
    ({"rate": None}, {}, "--rate: nil; allowed"),
    ({"frame_size": 60}, {}, "--frame-size: 60; allowed: a whole number from 64 to 1518"),
    ({"frame_size": 1519}, {}, "--frame-size: 1519; allowed"),
    ({"flows": 16000001}, {}, "--flows: 16000001; allowed: a whole number from 1 to 1.6e+07"),
    ({"rx_port": 0}, {}, "--rx-port: 0, the tx port; allowed: another"),
    ({"protocol": "sctp"}, {}, "--protocol: sctp; allowed: udp, tcp"),
    ({"order": "any"}, {}, "--order: any; allowed: round_robin, random"),
    ({"protocol": "tcp"}, {}, "--stamps: hardware; allowed with --protocol tcp: software"),
    ({"out": None}, {}, "--out is missing"),
    ({}, {"driver": "net_virtio"}, "--pacing: hardware; allowed with driver net_virtio, which"),
    ({"pacing": "software"}, {"driver": "net_i40e"}, "--stamps: hardware; allowed with driver"),
]


@pytest.mark.parametrize(("options", "world", "line"), REFUSED)
def test_refused(trial, options, world, line):
    """What cannot be measured is refused in one line, before anything is sent."""
    outcome, result = trial(world=world, **options)
    assert outcome.status == 1
    assert outcome.said.startswith(f"moongen: {line}")
    assert outcome.said.count("\n") == 1
    assert result is None
    assert not outcome.lengths


FAILURES = [
    (2, {"links": 1}, {}, "moongen: 1 of 2 links are up (ports 0 and 1)"),
    (3, {"crash": "mb_load"}, {}, "moongen: task load crashed"),
    (3, {"crash": "mb_learn"}, {}, "moongen: task learn crashed"),
    (3, {"crash": "mb_stamp_software"}, {"stamps": "software"}, "moongen: task stamp crashed"),
    (4, {"rate_error": 0.5}, {}, "moongen: sent 400 Mbit/s, asked for 200: driver net_ixgbe did"),
    (4, {"rate_error": 0.001}, {"rate": 1}, "moongen: sent "),
    (5, {}, {"learned": "exit 9"}, "moongen: --learned fails: exit 9"),
    (5, {}, {"then": "false"}, "moongen: --then fails: false"),
    (6, {"capacity_pps": 1, "latency_ns": 2e9}, {}, "moongen: no frame came through in 100 ms"),
    (6, {"other_run": True}, {}, "moongen: no frame came through in 100 ms"),
    (7, {}, {"out": "/nowhere/result"}, "moongen: /nowhere/result.part: No such file"),
]


@pytest.mark.parametrize(("status", "world", "options", "line"), FAILURES)
def test_failures(trial, status, world, options, line):
    """Each failure has its exit status and one line, and leaves no result."""
    outcome, result = trial(world=world, **({"rate": 200} | options))
    assert outcome.status == status
    assert outcome.said.startswith(line)
    assert outcome.said.count("\n") == 1
    assert result is None


@given(st.lists(st.integers(1, 10**10) | st.floats(1, 10**10), min_size=1, max_size=50))
def test_histogram(latencies):
    """Every sample lies in its bucket, none wider than 0.8 % beyond 256 ns."""
    lua = luajit21.LuaRuntime()
    seen = lua.execute(SCRIPT.with_name("middlebench_histogram.lua").read_text("utf-8")).new()
    for latency in latencies:
        seen.update(seen, latency)
    seen.update(seen, None)
    plain = seen.plain(seen)
    buckets = [tuple(bucket.values()) for bucket in plain.latency.histogram.values()]
    assert (plain.sent, plain.received) == (len(latencies) + 1, len(latencies))
    assert sorted(buckets) == buckets
    assert sum(count for _, _, count in buckets) == len(latencies)
    for lower, upper, count in buckets:
        assert count == sum(lower <= latency < upper for latency in latencies)
        assert upper - lower <= max(1, lower / 128)
    assert (plain.latency.min_ns, plain.latency.max_ns) == (min(latencies), max(latencies))
    assert plain.latency.mean_ns == pytest.approx(sum(latencies) / len(latencies))
