"""What is made again after a change of the configuration: what that decides."""

import pytest

from changes import configured, edited
from reruns import (
    CALIBRATION,
    CHECKS,
    FLOW_TABLES,
    GIT,
    NAT_CHECK,
    NAT_POINTS,
    NAT_TCP,
    ONE_NAT_FIGURE,
    ONE_NAT_POINT,
    PICTURES,
    PLOTS,
    POINTS,
    SOFTGEN,
    SWITCH,
    SWITCH_AND_DPDK,
    TARBALL,
    TESTBED,
    rows,
)
from workspace import job_counts

CASES = {
    "a comment in config.yaml": (edited("config.yaml"), {}),
    "colour": (configured("style", colour_loss="#000000"), PLOTS | PICTURES),
    "title": (configured("figures/nat_64b", title="NAT"), {"plot_series": 1}),
    "one rate more": (
        configured("figures/nat_64b", rates_mbit={"from": 100, "to": 300, "step": 100}),
        ONE_NAT_POINT,
    ),
    "one rate less": (
        configured("figures/nat_64b", rates_mbit={"from": 100, "to": 100, "step": 100}),
        ONE_NAT_FIGURE,
    ),
    "one figure with TCP": (configured("figures/nat_64b", protocol="tcp"), NAT_TCP),
    "all with UDP, as it was": (configured("defaults", protocol="udp"), {}),
    "SNAT address": (
        configured("duts/ovs-dpdk", snat_address="203.0.113.1"),
        NAT_CHECK | FLOW_TABLES | {"check_function": 2},  # the thesis's NAT too
    ),
    "another machine": (
        configured("testbeds/sandbox", host={"address": "lab1"}),
        SOFTGEN | TESTBED,  # softgen for any processor
    ),
    "frame size classes of no capture": (configured("packet_sizes", small_max=64), {}),
    "memory": (configured("duts/ovs-dpdk", memory_mb=600), CHECKS),
    "warm-up": (configured("defaults/durations", warmup_ms=101), CALIBRATION),
    "warm-up of one figure": (
        configured("figures/nat_64b", durations={"warmup_ms": 101}),
        NAT_POINTS,
    ),
    "gating": (configured("gating", slice_us=500), CALIBRATION),
    "gating off": (configured("testbeds/sandbox", gate=False), CALIBRATION),
    "calibration": (configured("calibration", repetitions=4), CALIBRATION),
    "verdict limit": (configured("verdict", max_loss_ratio=0.01), POINTS),
    "a failure becomes expected": (
        configured("expected_failures", nat=["reply_translated"]),
        NAT_CHECK,
    ),
    "a failure becomes expected, and a colour": (
        lambda folder: (
            configured("expected_failures", nat=["reply_translated"])(folder),
            configured("style", colour_loss="#000000")(folder),
        ),
        NAT_CHECK | PLOTS | PICTURES,
    ),
    "a failure of another function": (configured("expected_failures", firewall=[]), {}),
    "repetitions": (configured("figures/nat_64b", repetitions={"min": 2, "max": 2}), NAT_POINTS),
    "a retry, if need be": (
        configured("figures/nat_64b", repetitions={"retries": 1}),
        ONE_NAT_FIGURE,
    ),
    "a switch of one's own": (configured("software", ovs=TARBALL), SWITCH),
    "with a DPDK of its own": (configured("software", ovs=TARBALL, dpdk=GIT), SWITCH_AND_DPDK),
    "an mOS that nothing measures": (configured("software", mos=GIT), {}),
}

ALIKE = {
    "gating off",
    "frame size classes of no capture",
}


@pytest.mark.parametrize(("change", "jobs"), rows(CASES, ALIKE))
def test_a_change_reruns_what_depends_on_it_only(workflow, change, jobs):
    """After each change exactly these jobs would run."""
    change(workflow)
    assert job_counts(workflow) == jobs
