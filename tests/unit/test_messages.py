"""Words in the messages of rules."""

import pytest
from snakemake.utils import format as filled

from middlebench.planning.messages import FRAMES


@pytest.mark.parametrize(
    ("size", "words"), [("64b", "64 B"), ("1518b", "1518 B"), ("imix", "imix"), ("mq", "mq")]
)
def test_a_message_says_a_frame_size_as_people_do(size, words):
    """Filled as Snakemake fills it, which takes a q at the end for quotes."""
    wildcards = type("Wildcards", (), {"frame_size": size})
    message = "nat, {FRAMES:{wildcards.frame_size} }, 100 flows"
    assert filled(message, FRAMES=FRAMES, wildcards=wildcards) == f"nat, {words}, 100 flows"
