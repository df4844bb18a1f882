"""Works in sandboxes that live in turns: one at a time, there and back."""

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any, Protocol

from middlebench.errors import SandboxError

KILLED_S = 2
"""Time [s] in which works end whose processes were killed: less than `hosts.lock.GRACE_S`."""


class Freezes(Protocol):
    """What `in_turns` asks of each sandbox."""

    def freeze(self) -> None:
        """Stop all that runs there."""

    def thaw(self) -> None:
        """Let it go on."""

    def kill(self) -> None:
        """End it, also what is stopped."""


def in_turns(
    freezers: Sequence[Freezes], works: Sequence[Callable[[], Any]], turn_s: float
) -> list[Any]:
    """What each of the works gives, all done side by side, while one sandbox lives at a time.

    The first works in the first sandbox, and so on; turns go there and back (A B B A), so that what
    drifts meets all alike.  Who is done is left out.  Raises what a work raised, of several the
    first one's, when all are done.  All sandboxes are thawed afterwards; where this itself is ended
    (SystemExit, KeyboardInterrupt, a sandbox that is gone), all that runs in them is killed.
    """
    running = [_Work(work) for work in works]
    try:
        for freezer in freezers:
            freezer.freeze()
        _take(freezers, running, turn_s)
        for freezer in freezers:
            freezer.thaw()
    except BaseException:
        _kill(freezers, running)
        raise
    return [work.outcome() for work in running]


def there_and_back(number: int) -> Iterator[int]:
    """0, 1, .. number - 1, number - 1, .. 1, 0, and so on without end."""
    for turn in count():
        yield from range(number) if turn % 2 == 0 else reversed(range(number))


class _Work:
    """A function that is called in a thread, from its first turn on."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._gave: Any = None
        self._raised: BaseException | None = None

    def _run(self) -> None:
        try:
            self._gave = self._function()
        except BaseException as error:  # raised where its outcome is asked for
            self._raised = error

    def go_on(self, seconds: float) -> None:
        """Begin if it has not begun, and wait so long or until it is done."""
        if not self._begun:
            self._thread.start()
        self.wait(seconds)

    def wait(self, seconds: float) -> None:
        """Wait so long, or until it is done, if it has begun."""
        if self._begun:
            self._thread.join(seconds)

    @property
    def _begun(self) -> bool:
        return self._thread.ident is not None

    @property
    def done(self) -> bool:
        return self._begun and not self._thread.is_alive()

    def outcome(self) -> Any:
        if self._raised:
            raise self._raised
        return self._gave


def _take(freezers: Sequence[Freezes], works: list[_Work], turn_s: float) -> None:
    """Turn after turn, until all works are done."""
    living: Freezes | None = None
    for number in there_and_back(len(works)):
        if all(work.done for work in works):
            return
        if works[number].done:
            continue
        if living is not freezers[number]:
            if living:
                living.freeze()
            freezers[number].thaw()
            living = freezers[number]
        works[number].go_on(turn_s)


def _kill(freezers: Sequence[Freezes], works: list[_Work]) -> None:
    """End all that runs in the sandboxes, and with it the works that have begun."""
    for freezer in freezers:
        try:
            freezer.kill()
        except SandboxError:
            continue  # it is gone, and with it all that ran there
    for work in works:
        work.wait(KILLED_S)
