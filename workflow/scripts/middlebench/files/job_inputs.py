"""Files that a job is given under one name."""

from collections.abc import Iterable


def many(files: str | Iterable[str]) -> list[str]:
    """The files, however many: one alone comes as a text with some of Snakemake's options.

    >>> many("a.json"), many(["a.json", "b.json"])
    (['a.json'], ['a.json', 'b.json'])
    """
    return [files] if isinstance(files, str) else list(files)
