"""A functional check in which frames were lost is made again, on a new DUT."""

from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from middlebench.functions import Makes
from middlebench.measuring import functional_check
from middlebench.measuring.parts import Parts

SETTINGS = {"protocol": "udp", "expected_failures": [], "seed": 1, "dut": {}}


def forwards(frames):
    """What a cable makes of frames."""
    return [(1 - port, frame) for port, frame in frames]


def loses(frames):
    """A DUT that got no CPU in time."""
    return []


def drops_one(frames):
    """The last but one of those that the inside begins."""
    return [(1 - port, frame) for port, frame in frames if b"out3" not in frame]


def turns(frames):
    """A DUT that hands frames back where they came from."""
    return frames


@pytest.fixture
def check(monkeypatch):
    """`check(exchange, ...)`: of as many DUTs, one after the other."""

    def of(*exchanges):
        given = iter(exchanges)

        @contextmanager
        def assembled(*_):
            dut = SimpleNamespace(makes=Makes(), entries=lambda: None, facts=dict)
            yield SimpleNamespace(generator=SimpleNamespace(exchange=next(given)), dut=dut)

        monkeypatch.setattr(functional_check, "assembled", assembled)
        parts = Parts("ovs-dpdk", "forward", Path("forward.flows"), Path("softgen"))
        monkeypatch.setattr(functional_check, "_why", lambda *_: None)
        return functional_check.check_function(parts, SETTINGS)

    return of


@pytest.mark.tried("lies")
def test_what_a_machine_lost_is_asked_for_again(check):
    """Twice, and what came out then counts; it says how often it was asked."""
    assert (check(forwards)["passed"], check(forwards)["tries"]) == (True, 1)
    found = check(loses, drops_one, forwards)
    assert (found["passed"], found["tries"]) == (True, 3)


@pytest.mark.tried("lies")
@pytest.mark.parametrize("exchange", [loses, drops_one])
def test_a_dut_that_loses_frames_each_time_fails(check, exchange):
    """However often it is asked."""
    found = check(*[exchange] * functional_check.TRIES)
    assert (found["passed"], found["tries"]) == (False, functional_check.TRIES)


@pytest.mark.tried("lies")
def test_a_dut_that_does_the_wrong_thing_is_asked_once(check):
    """Nothing was lost, so no machine is to blame."""
    found = check(turns)
    assert (found["passed"], found["tries"]) == (False, 1)
