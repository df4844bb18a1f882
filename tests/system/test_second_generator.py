"""softgen beside generators of somebody else's on one DUT: do both say the same of what it carries?

What each comparison can show:

- dpdk-testpmd (`flowgen`) sends all it can, so it says what a DUT carries in overload, at five
  loads that cost the switch differently (flows).  What came through in its turn is the switch's own
  count by the switch's own clock, millisecond by millisecond; whether that count is right,
  testpmd's own counters say.  Both take turns on one switch, and only clean time of one state of
  the machine is compared, in cycles of the core, as its clock moves meanwhile.  The switch is
  slower than either generator, or what is compared would be these.
- trafgen sends through the kernel into veth pairs.  Nothing can be overloaded there: a sender
  waits.  Below the knee nothing may be lost, and what is compared is the count of packets and
  seconds: all that trafgen sends in a second, by the kernel's count and trafgen's clock, and what
  softgen says of that rate.

Neither says anything of latency.
"""

from types import SimpleNamespace

import pytest
import yaml

from agreeing import check_agree, ratio
from flowgen import flowgen
from middlebench.experiment import grid
from middlebench.hosts.cpus import choose_cpus
from middlebench.loadgens.softgen import Softgen
from middlebench.machine.states import UNKNOWN, states_of
from middlebench.measuring.assembly import assembled
from middlebench.measuring.calibration import calibrate
from middlebench.measuring.probing import LIMITS
from middlebench.testbeds.sandbox import Sandbox
from middlebench.units import rate_mbit
from milliseconds import Carried, build_onlooker, carried_by_state
from trafgen import KernelPorts, trafgen
from workspace import REPOSITORY

pytestmark = pytest.mark.slow

FRAME_SIZE = 64
FLOWS = (1, 10, 30, 100, 300)
"""More would not fit into the switch's cache of exact matches with all its passes."""

TURNS = 3
"""For each load: softgen, testpmd, testpmd, softgen, so that what drifts falls on both."""

OVERLOAD = 0.7
"""Of softgen's ceiling; the switch below carries half of it."""

RATES_PPS = (10_000, 20_000, 40_000, 70_000, 100_000)
"""Below the knee of such ports."""

AGAIN = "push_mpls:0x8847,pop_mpls:0x0800,resubmit(,{})"
"""The packet as it was, and one more pass through the switch: no checksum is looked at."""

SLOW = "\n".join(
    [
        "table=0,priority=1,actions=drop",
        f"table=0,priority=9,in_port=1,udp,nw_src=10.0.0.0/8,actions={AGAIN.format(1)}",
        f"table=1,udp,actions={AGAIN.format(2)}",
        f"table=2,udp,actions={AGAIN.format(3)}",
        "table=3,udp,actions=output:2\n",
    ]
)


@pytest.fixture(scope="module")
def machine(binary):
    """A calibration: softgen's ceiling, and what tells the machine's states apart."""
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    found = calibrate(
        "wire", FRAME_SIZE, 100, grid.calibration_settings(config, "sandbox", "udp"), binary
    )
    return found["machine"] | {"ceiling_pps": found["ceiling_pps"]}


def told(settings, machine, dut_cpu):
    """The settings of a trial in which softgen tells all states apart."""
    probing = {"dut_cpu": dut_cpu} | {limit: machine[limit] for limit in LIMITS}
    return settings | {"probing": probing | {"judged": states_of("alone", near=False)}}


def softgens(result):
    """What softgen says that was carried, by state."""
    core_mhz = result["probe"]["dut"]["core_mhz"]
    return {
        state: Carried(tally["received"], tally["duration_s"], core_mhz)
        for state, tally in result["states"].items()
        if state != UNKNOWN and tally["duration_s"]
    }


@pytest.fixture(scope="module")
def overloaded(parts, settings, machine, tmp_path_factory):
    """Both in turns on one switch, by load: softgen's trials, and testpmd's."""
    folder = tmp_path_factory.mktemp("overloaded")
    rules = folder / "forward.flows"
    rules.write_text(SLOW, encoding="utf-8")
    onlooker = build_onlooker(folder)
    found = {flows: SimpleNamespace(ours=[], others=[]) for flows in FLOWS}
    asked = rate_mbit(OVERLOAD * machine["ceiling_pps"], FRAME_SIZE)
    with assembled(parts("forward", rules), settings["dut"]) as made:
        looking = told(settings, machine, made.dut_cpu)
        for number in range(TURNS * len(FLOWS)):
            flows = FLOWS[number % len(FLOWS)]
            trials = found[flows]
            for ours in (True, False, False, True):
                if ours:
                    run_id = 1 + 2 * number + len(trials.ours) % 2
                    trial = made.run_trial(asked, FRAME_SIZE, flows, looking, run_id)
                    trials.ours.append(trial)
                else:
                    trials.others.append(flowgen(made, onlooker, machine, FRAME_SIZE, flows))
    return found


def ratios(overloaded, factor=1.0):
    """What softgen says that the DUT carries, times `factor`, / what testpmd's turns say."""
    made = {}
    for flows, trials in overloaded.items():
        ours = [softgens(trial) for trial in trials.ours]
        for carried in ours:
            for state, one in carried.items():
                carried[state] = one._replace(packets=factor * one.packets)
        others = [carried_by_state(trial.rows, trial.seen) for trial in trials.others]
        if found := ratio(ours, others):
            state, value = found
            made[f"{flows} flows, {state}"] = value
    if len(made) < len(FLOWS):
        pytest.skip(f"the machine gave too little clean time of one state: {made}")
    return made


def test_the_switch_counts_what_testpmd_counts(overloaded):
    """In frame by frame; out but for what testpmd had not read when it stopped."""
    ring = 1024
    for trial in (trial for trials in overloaded.values() for trial in trials.others):
        counted = trial.switch
        assert counted["inside_rx"] == trial.sent > 0
        assert counted["outside_tx"] + counted["outside_tx_drop"] == trial.sent
        assert trial.received <= counted["outside_tx"] <= trial.received + ring


def test_testpmd_and_softgen_say_that_the_dut_carries_the_same(overloaded):
    """Within 2 % at each load, in one state of the machine."""
    check_agree(ratios(overloaded))


@pytest.mark.parametrize("fault", [0.97, 1.03])
def test_a_miscount_of_3_percent_is_found_beside_testpmd(overloaded, fault):
    """Planted in what softgen says that it received."""
    with pytest.raises(AssertionError, match=r"softgen / the other generator: \d+ flow"):
        check_agree(ratios(overloaded, fault))


@pytest.fixture(scope="module")
def below_the_knee(binary, parts, settings, machine):
    """Both in turns on one switch, by rate: trafgen's second, softgen's trial, frames by port."""
    found = {}
    dut_cpu, generator_cpu = choose_cpus()
    looking = told(settings, machine, dut_cpu)
    made = parts("forward")
    with (
        Sandbox() as sandbox,
        KernelPorts(sandbox, settings["dut"], made.function, made.program, dut_cpu) as dut,
    ):
        generator = Softgen(sandbox, binary, generator_cpu, *dut.attachment)
        hooks = (dut.learned_command, dut.counting_command)
        for rate_pps in RATES_PPS:
            sent = trafgen(sandbox, generator_cpu, rate_pps, FRAME_SIZE, 100)
            asked = rate_mbit(rate_pps, FRAME_SIZE)
            trial = generator.run_trial(asked, FRAME_SIZE, 100, looking, rate_pps, *hooks)
            found[rate_pps] = SimpleNamespace(sent=sent, trial=trial)
        found["frames"] = dut.counted().frames
    return found


def rate_ratios(below_the_knee, factor=1.0):
    """Packets/s that came through by softgen, times `factor`, / by the kernel of trafgen's."""
    made = {}
    for rate_pps in RATES_PPS:
        sent, carried = below_the_knee[rate_pps].sent, softgens(below_the_knee[rate_pps].trial)
        state = max(carried, key=lambda name: carried[name].seconds)
        ours = factor * carried[state].packets / carried[state].seconds
        made[f"{rate_pps} packets/s, {state}"] = ours / (sent.came / sent.seconds)
    return made


def test_kernel_and_switch_count_what_trafgen_and_softgen_send(below_the_knee):
    """Each frame of both, in at one port and out at the other."""
    rates = [below_the_knee[rate_pps] for rate_pps in RATES_PPS]
    for turn in rates:
        assert turn.sent.packets == turn.sent.taken == turn.sent.came
    in_all = sum(turn.sent.packets + turn.trial["sent_total"] for turn in rates)
    assert below_the_knee["frames"]["inside_rx"] == in_all
    assert below_the_knee["frames"]["outside_tx"] == in_all


def test_trafgen_and_softgen_say_that_the_dut_carries_the_same(below_the_knee):
    """Within 2 % at each rate, in one state of the machine."""
    check_agree(rate_ratios(below_the_knee))


@pytest.mark.parametrize("fault", [0.97, 1.03])
def test_a_miscount_of_3_percent_is_found_beside_trafgen(below_the_knee, fault):
    """Planted in what softgen says that it received."""
    with pytest.raises(AssertionError, match=r"softgen / the other generator: \d+ packets"):
        check_agree(rate_ratios(below_the_knee, fault))
