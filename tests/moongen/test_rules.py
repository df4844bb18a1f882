"""Planted faults: the world ends each run that breaks a rule, which MoonGen would let pass.

workflow/loadgens/moongen/*.lua say what each would cost.
"""

import shutil

import pytest

from moongen.standin import RULE_BROKEN


def test_unanswered_syn(trial, faulty):
    """A strict tracker holds data after a SYN without answer for invalid: the answer is needed."""
    script = faulty(
        "middlebench_learn.lua", "\tsend(self, self.ports.back, self.answer_bufs)\n", ""
    )
    world = {"tracker": True}
    _, result = trial(script=script, world=world, protocol="tcp", stamps="software")
    assert result["learned_flows"] == 0


FAULTS = [
    ("middlebench_plan.lua", "made.size = args.frame_size - CRC", "made.size = args.frame_size",
     "sizes are without CRC"),
    ("middlebench_plan.lua", "args.frame_size, PROBE_FRAME_MIN)", "args.frame_size)",
     "a probe of 60 B"),
    ("middlebench.lua", "getRxQueue(stamp_queue)", "getRxQueue(0)", "a timestamper on rx queue 0"),
    ("middlebench.lua", "setRate(mbit)", "setRate(mbit + 0.5)", "the NIC cuts that"),
    ("middlebench.lua", "setRate(mbit)", "setRate(10001)", "above the link's"),
    ("middlebench.lua", "\t\tbench.tx:getTxQueue(number - 1):setRate(mbit)\n", "",
     "sends without a rate"),
    ("middlebench.lua", "\tlocal up = device.waitForLinks(bench.tx, bench.rx)", "\tlocal up = 2",
     "setRate before the link is up"),
    ("middlebench.lua", "bench.rx = device.config{port = args.rx_port",
     "bench.rx = device.config{port = args.tx_port", "port 0 configured twice"),
    ("middlebench_tasks.lua", "\tlocal handed, skipped = 0, 0\n",
     "\tlocal handed, skipped = 0, 0\n\tqueue.dev:getTxStats()\n", "reads the tx counter"),
    ("middlebench.lua", 'startTask("mb_" .. name, bench.ports, bench.plan)',
     'startTask("mb_" .. name, bench.ports, bench.plan, print)', "no other task can have it"),
    ("middlebench.lua", 'plan.stamps == "software" then', "true then",
     "filter of an rx queue set twice"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "rule"), FAULTS)
def test_rules(trial, faulty, file, old, new, rule):
    """The world breaks a run that breaks a rule: each fault planted once."""
    outcome, result = trial(script=faulty(file, old, new))
    assert outcome.status == RULE_BROKEN
    assert len(outcome.violations) == 1
    assert rule in outcome.violations[0]
    assert result is None


UNPACED = [
    ("and (late >= 0 or not job.software) then", "then", "load without limit"),
    ("frames.checksums(plan, bufs)\n\t\t\tqueue", "queue", "no checksum in a frame"),
]


@pytest.mark.parametrize(("old", "new", "rule"), UNPACED)
def test_rules_in_software(trial, faulty, old, new, rule):
    """Without a NIC that helps, load is neither unlimited nor without checksums."""
    world = {"no_rate": True, "driver": "net_virtio"}
    script = faulty("middlebench_tasks.lua", old, new)
    choices = {"pacing": "software", "stamps": "software", "warmup_ms": 100}
    outcome, _ = trial(script=script, world=world, **choices)
    assert outcome.status == RULE_BROKEN
    assert rule in outcome.violations[0]


def test_error_in_the_script_itself(trial, faulty):
    """MoonGen exits with 0 then: only a result file is a success."""
    script = faulty(
        "middlebench.lua", "function configure(parser)", "error('x')\nfunction configure(p)"
    )
    outcome, result = trial(script=script)
    assert outcome.status == 0
    assert "[FATAL] Lua error in task master" in outcome.stdout
    assert result is None


def test_a_module_that_cannot_be_parsed(trial, faulty):
    """An error while the script is loaded too, and the script itself ends MoonGen with 255."""
    for file, status in (("middlebench_plan.lua", 0), ("middlebench.lua", 255)):
        script = faulty(file, "local plan" if status == 0 else "local mg", "local = plan")
        outcome, result = trial(script=script)
        assert (outcome.status, result) == (status, None)
        assert "middlebench" in (outcome.stdout if status == 0 else outcome.stderr)
        shutil.rmtree(script.parent)


def test_the_drivers_refusal_comes_before_libmoons(trial):
    """A device of one queue: ours says what is allowed, libmoon's what it has."""
    world = {"driver": "net_af_packet"}
    outcome, _ = trial(world=world, pacing="software")
    assert (outcome.status, outcome.stdout, outcome.trace) == (1, "", [])
    assert outcome.said.startswith("moongen: --stamps: hardware; allowed with driver net_af_packet")
