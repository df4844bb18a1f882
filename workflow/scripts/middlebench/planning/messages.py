"""Words in the messages of rules, which Snakemake fills as format strings.

No function can be called there; what stands behind a colon is filled first, for `__format__`.
"""

from middlebench.frame_mix import size_of_path, size_words


class SizeWords:
    """`{FRAMES:{wildcards.frame_size} }` is `64 B`, or a mix's name.

    The blank keeps Snakemake from taking a last q or u for how to quote.
    """

    def __format__(self, of_path: str) -> str:
        return size_words(size_of_path(of_path.strip()))


FRAMES = SizeWords()
