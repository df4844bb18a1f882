"""What keeps `snakemake -n` quick with tens of thousands of points.

Used while Snakemake reads the rules, so it imports nothing slow.
"""

import gc
import inspect
from collections.abc import Callable
from functools import cache, cached_property, partial, wraps
from typing import Any

_YOUNG, _MIDDLE, _OLD = 100_000, 50, 1000
"""Objects, and rounds of the younger ones, after which garbage is looked for (gc.set_threshold)."""


def collect_garbage_seldom() -> None:
    """Look for garbage less often: jobs and their files are millions of objects, and all stay.

    Python's defaults (700, 10, 10) look through them again and again: a sixth of a plan's time.
    """
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)


def asked_often(function: Callable) -> Callable:
    """The function itself, for one that Snakemake calls for each job: it keeps its signature.

    Snakemake asks for it twice a call, and making it anew takes longer than such a call.
    """
    function.__signature__ = inspect.signature(function)
    return function


def kept(method: Callable) -> cached_property:
    """A method whose answers each object keeps, as functools.cache does those of a function.

    Arguments are hashable.  A second call costs what one of functools.cache does.
    """

    @wraps(method)
    def bound(self: Any) -> Callable:
        return cache(partial(method, self))

    return cached_property(bound)
