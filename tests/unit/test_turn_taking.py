"""Works in sandboxes that live in turns, with stand-ins for the sandboxes."""

import threading
import time

import pytest

from middlebench.errors import SandboxError
from middlebench.measuring.turn_taking import in_turns, there_and_back

TURN_S = 0.002


class StandIn:
    """A sandbox that notes in `told` what it is told; `fails` at this word."""

    def __init__(self, name, told, fails=None):
        self.name, self._told, self._fails = name, told, fails
        self.lives = threading.Event()
        self.killed = threading.Event()

    def _tell(self, word):
        self._told.append((self.name, word))
        if word == self._fails:
            raise SandboxError("gone")

    def freeze(self):
        """Stop."""
        self._tell("freeze")
        self.lives.clear()

    def thaw(self):
        """Go on."""
        self._tell("thaw")
        self.lives.set()

    def kill(self):
        """End."""
        self._tell("kill")
        self.killed.set()


def standing_still(told, fails=(None, None, None)):
    """Three of them."""
    return [StandIn(name, told, of) for name, of in zip("ABC", fails, strict=True)]


def work_of(box, seconds=0.02):
    """Something that takes so long of the sandbox's own time, in small steps."""

    def work():
        lived = 0.0
        while lived < seconds and not box.killed.is_set():
            if box.lives.wait(0.001):
                time.sleep(0.0005)
                lived += 0.0005
        return box.name

    return work


def living(told):
    """Who lived in which order, by what they were told; never two at once."""
    alive, order = set(), []
    for name, word in told:
        if word == "thaw":
            assert not alive, f"{name} beside {alive}"
            alive.add(name)
            order.append(name)
        elif word == "freeze":
            alive.discard(name)
    return "".join(order)


def test_turns_go_there_and_back():
    """A B B A, for more of them likewise."""
    turns = there_and_back(3)
    assert [next(turns) for _ in range(12)] == [0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0]


def test_one_lives_at_a_time_and_all_afterwards():
    """Each gives what its work gives; who has two turns in a row is not stopped between them."""
    told = []
    boxes = standing_still(told)
    assert in_turns(boxes, [work_of(box) for box in boxes], TURN_S) == list("ABC")
    assert told[:3] == [(name, "freeze") for name in "ABC"]
    assert told[-3:] == [(name, "thaw") for name in "ABC"]
    assert living(told[:-3]).startswith("ABCBABCBA")
    assert all(box.lives.is_set() for box in boxes)


def test_who_is_done_is_left_out():
    """The others go on in turns until they are done too."""
    told = []
    boxes = standing_still(told)
    works = [work_of(boxes[0], 0.001), work_of(boxes[1]), work_of(boxes[2])]
    assert in_turns(boxes, works, TURN_S) == list("ABC")
    order = living(told[:-3])
    assert order.count("A") < order.count("B") > 2


def test_what_a_work_raises_is_raised_when_all_are_done():
    """The first one's; all sandboxes live then, and nothing was killed."""
    told, done = [], []

    def fails(text):
        raise ValueError(text)

    boxes = standing_still(told)
    works = [lambda: fails("of A"), lambda: done.append(work_of(boxes[1])()), lambda: fails("of C")]
    with pytest.raises(ValueError, match="of A"):
        in_turns(boxes, works, TURN_S)
    assert done == ["B"]
    assert all(box.lives.is_set() for box in boxes)
    assert not any(box.killed.is_set() for box in boxes)


@pytest.mark.parametrize("word", ["freeze", "thaw"])
def test_when_a_sandbox_is_gone_the_others_are_killed(word):
    """Also what stands still in them, and no work is left."""
    before = threading.active_count()
    boxes = standing_still([], fails=(None, word, None))
    with pytest.raises(SandboxError):
        in_turns(boxes, [work_of(box) for box in boxes], TURN_S)
    assert all(box.killed.is_set() for box in boxes)
    assert threading.active_count() == before


@pytest.mark.parametrize("ending", [SystemExit, KeyboardInterrupt])
def test_when_the_run_is_ended_all_is_killed_at_once(monkeypatch, ending):
    """SIGTERM or SIGINT in the middle of a turn: nothing is left stopped."""
    before = threading.active_count()
    boxes = standing_still([])
    told = boxes[2].thaw

    def interrupted():
        told()
        raise ending

    monkeypatch.setattr(boxes[2], "thaw", interrupted)
    with pytest.raises(ending):
        in_turns(boxes, [work_of(box, 10) for box in boxes], TURN_S)
    assert all(box.killed.is_set() for box in boxes)
    assert threading.active_count() == before
