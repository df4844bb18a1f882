"""What cannot be measured: each fault of a configuration has its one line."""

import pytest

from configurations import (
    DEFAULT,
    TOKEN_BUCKET,
    check_refused,
)

FIND = {"start": 500, "from": 50, "to": 9000, "half_width": 0.01}
FIND |= {"budget_s": 30, "max_trials": 100}

FAULTS = [
    (
        "figures/nat_64b/frame_size",
        63,
        "figures.nat_64b.frame_size: 63; allowed: an integer from 64",
    ),
    ("figures/nat_64b/frame_size", 1519, "figures.nat_64b.frame_size: 1519; allowed: an integer"),
    ("figures/nat_64b/frame_size", "64", "figures.nat_64b.frame_size: '64'; allowed: an integer"),
    ("figures/nat_64b/frame_size", 64.0, "figures.nat_64b.frame_size: 64.0; allowed: an integer"),
    ("figures/nat_64b/frame_size", True, "figures.nat_64b.frame_size: true; allowed: an integer"),
    ("figures/nat_64b/frame_size", None, "figures.nat_64b.frame_size: null; allowed: an integer"),
    (
        "figures/nat_64b/frame_size",
        ...,
        "figures.nat_64b.frame_size: is missing; allowed: an integer",
    ),
    (
        "figures/nat_64b/framesize",
        64,
        "figures.nat_64b.framesize: unknown key (did you mean frame_size?); allowed: title, ",
    ),
    (
        "duts/ovs-dpdk/other_config",
        {"dpdk-init": False},
        "duts.ovs-dpdk.other_config.dpdk-init: not a good name; allowed: name of an option, ",
    ),
    (
        "duts/ovs-dpdk/other_config",
        {"max-idle": [1]},
        "duts.ovs-dpdk.other_config.max-idle: [1]; allowed: a text or a number or true or false",
    ),
    ("figures/nat_64b/flows", [], "figures.nat_64b.flows: is empty; allowed: a list of 1 to 16"),
    ("figures/nat_64b/flows", [0], "figures.nat_64b.flows[0]: 0; allowed: an integer from 1 to "),
    ("figures/nat_64b/flows", [9, 9], "figures.nat_64b.flows: has a value twice; allowed: "),
    ("figures/nat_64b/flows", 100, "figures.nat_64b.flows: 100; allowed: a list of 1 to 16"),
    (
        "figures/nat_64b/flows/1",
        16_000_001,
        "figures.nat_64b.flows[1]: 16000001; allowed: an integer from 1 to 16000000",
    ),
    (
        "figures/nat_64b/rates_mbit/from",
        1700,
        "figures.nat_64b.rates_mbit.from: 1700; allowed: at most `to`, 1500",
    ),
    (
        "figures/nat_64b/rates_mbit",
        {"from": 100, "to": 900},
        "figures.nat_64b.rates_mbit.step: is missing; allowed: a number (offered rate [Mbit/s]), "
        "or `find`",
    ),
    (
        "figures/nat_64b/rates_mbit/find",
        FIND | {"start": 5},
        "figures.nat_64b.rates_mbit.find.start: 5; allowed: 50 to 9000, from `from` to `to`",
    ),
    (
        "figures/nat_64b/rates_mbit/find",
        FIND | {"max_trials": 2},
        "figures.nat_64b.rates_mbit.find.max_trials: 2; allowed: at least repetitions.min, 3",
    ),
    (
        "figures/nat_64b/rates_mbit/find",
        FIND | {"half_width": 0},
        "figures.nat_64b.rates_mbit.find.half_width: 0; allowed: a number from 0.001 to 1 (half of",
    ),
    (
        "figures/nat_64b/rates_mbit/find",
        {"start": 500},
        "figures.nat_64b.rates_mbit.find.from: is missing; allowed: an integer from 1 to 400000",
    ),
    (
        "figures/nat_64b/rates_mbit/refine/step",
        15,
        "figures.nat_64b.rates_mbit.refine.step: 15; allowed: a part of `step`, 100, without a",
    ),
    (
        "figures/nat_64b/rates_mbit/refine/step",
        100,
        "figures.nat_64b.rates_mbit.refine.step: 100; allowed: a part of `step`, 100",
    ),
    (
        "figures/nat_64b/rates_mbit/skip_after",
        0,
        "figures.nat_64b.rates_mbit.skip_after: 0; allowed: an integer from 1 to 1000 or null",
    ),
    (
        "figures/nat_64b/rates_mbit/step",
        0,
        "figures.nat_64b.rates_mbit.step: 0; allowed: a number from 0.1 to 400000",
    ),
    (
        "figures/nat_64b/rates_mbit",
        {"from": 1, "to": 20000, "step": 1},
        "figures.nat_64b: 280000 points (flows x rates x most repetitions); "
        "allowed: at most 100000",
    ),
    (
        "figures/nat_64b/function",
        "natt",
        "figures.nat_64b.function: natt is no function (did you mean nat?); allowed: forward, ",
    ),
    (
        "figures/nat_64b/testbed",
        "sandbx",
        "figures.nat_64b.testbed: sandbx is not under testbeds (did you mean sandbox?); "
        "allowed: sandbox",
    ),
    ("defaults/testbed", "tallinn", "defaults.testbed: tallinn is not under testbeds; allowed: "),
    ("duts", {}, "duts: is empty; allowed: a mapping"),
    (
        "figures/nat_64b/durations",
        {"warmup": 1},
        "figures.nat_64b.durations.warmup: unknown key (did you mean warmup_ms?); allowed: ",
    ),
    ("defaults/durations", ..., "defaults.durations: is missing; allowed: a mapping (times of a"),
    (
        "defaults/durations/window_ms",
        ...,
        "defaults.durations.window_ms: is missing; allowed: an in",
    ),
    ("figures", {}, "figures: is empty; allowed: a mapping"),
    ("figures", None, "figures: null; allowed: a mapping"),
    ("packet_sizes/small_max", 751, "packet_sizes.small_max: 751; allowed: an integer from 64"),
    ("packet_sizes/pcap", "", "packet_sizes.pcap: ''; allowed: a text or null (a capture file"),
    ("figures/NAT", DEFAULT["figures"]["nat_64b"], "figures.NAT: not a good name; allowed: "),
    ("figures/a\n", DEFAULT["figures"]["nat_64b"], "figures.a: not a good name; allowed: "),
    ("style/colour_loss", "red", "style.colour_loss: 'red'; allowed: a text (a colour like"),
    (
        "verdict/max_loss_ratio",
        float("nan"),
        "verdict.max_loss_ratio: nan; allowed: a number from 0 to 1 (lost / sent",
    ),
    (
        "duts/ovs-dpdk/snat_address",
        "10.1.2.3",
        "duts.ovs-dpdk.snat_address: 10.1.2.3 is one of the inside hosts; allowed: an address outs",
    ),
    (
        "duts/ovs-dpdk/snat_address",
        "198.19.255.255",
        "duts.ovs-dpdk.snat_address: 198.19.255.255 is one of the outside hosts; allowed: ",
    ),
    (
        "duts/ovs-dpdk/snat_address",
        "255.255.255.255",
        "duts.ovs-dpdk.snat_address: 255.255.255.255;",
    ),
    (
        "duts/linux/snat_addresses",
        "200.200.200.203-200.200.200.200",
        "duts.linux.snat_addresses: 200.200.200.203-200.200.200.200; allowed: an IPv4 address, or ",
    ),
    (
        "duts/ovs-dpdk/snat_addresses",
        "9.0.0.0-11.0.0.0",
        "duts.ovs-dpdk.snat_addresses: 9.0.0.0-11.0.0.0 has hosts in it; allowed: a pool without ",
    ),
    (
        "defaults/flows_a_destination",
        1000,
        "defaults.flows_a_destination: 1000; allowed: an integer from 1024 to 16000000 (flows that",
    ),
    (
        "verdict/port_exhaustion",
        "mark",
        "verdict.port_exhaustion: 'mark'; allowed: refuse, measure (what becomes of more",
    ),
    ("duts/ovs-dpdk/snat_address", "1.2.3", "duts.ovs-dpdk.snat_address: '1.2.3'; allowed: a text"),
    (
        "duts/token-bucket",
        TOKEN_BUCKET | {"pause_share": 1},
        "duts.token-bucket.pause_share: 1; allowed: a number from 0 to 0.9 (share of the time",
    ),
    (
        "figures/nat_64b/repetitions",
        {"min": 6},
        "figures.nat_64b.repetitions.min: 6; allowed: at most `max`, 5",
    ),
    (
        "defaults/repetitions/max",
        2,
        "defaults.repetitions.min: 3; allowed: at most `max`, 2",
    ),
    (
        "expected_failures/nat_thesys",
        [],
        "expected_failures.nat_thesys: is no function (did you mean nat_thesis?); allowed: ",
    ),
    (
        "figures/again",
        DEFAULT["figures"]["nat_64b"] | {"seed": 2},
        "figures.again.seed: 2 where figures.nat_64b has 1 for the same point results/sandbox/",
    ),
]


@pytest.mark.parametrize(("path", "value", "line"), FAULTS)
def test_a_fault_is_told_in_one_line(path, value, line):
    """The line starts with the key's path, then the value and what is allowed."""
    check_refused(path, value, line)
