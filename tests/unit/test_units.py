"""Rates and their units."""

import ast
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middlebench import frame_mix, units
from middlebench.units import (
    line_rate_mbit,
    packets_per_second,
    packets_per_second_binary,
    rate_mbit,
)

RATES = st.floats(min_value=0.001, max_value=1e6)
FRAME_SIZES = st.integers(min_value=64, max_value=1518)


@pytest.mark.parametrize(
    ("rate", "frame_size", "binary", "decimal"),
    [(9880, 1518, 853090, 813570), (720, 64, 1474560, 1406250)],
)
def test_packet_rates_of_the_thesis(rate, frame_size, binary, decimal):
    """The thesis's printed packet rates come from 2^20 bit a Mbit, the right ones from 10^6."""
    assert round(packets_per_second_binary(rate, frame_size)) == binary
    assert round(packets_per_second(rate, frame_size)) == decimal


@pytest.mark.parametrize(("frame_size", "expected"), [(64, 7619), (1518, 9870)])
def test_line_rate_of_10_gbit(frame_size, expected):
    """A 10 Gbit/s link carries the frame rates that thesis.md states."""
    assert round(line_rate_mbit(10000, frame_size)) == expected


@given(RATES, FRAME_SIZES)
def test_rate_survives_the_way_through_packets(rate, frame_size):
    """Mbit/s to packets/s and back is the same rate."""
    assert rate_mbit(packets_per_second(rate, frame_size), frame_size) == pytest.approx(rate)


@given(RATES, FRAME_SIZES)
def test_binary_is_always_the_same_factor_too_many(rate, frame_size):
    """The two conventions differ by 2^20 / 10^6 at every rate and frame size."""
    ratio = packets_per_second_binary(rate, frame_size) / packets_per_second(rate, frame_size)
    assert ratio == pytest.approx(1.048576)


@given(RATES, FRAME_SIZES)
def test_line_rate_fills_the_link_exactly(link, frame_size):
    """Frames at line rate, each with 20 B of overhead, take all bits of the link."""
    frames = packets_per_second(line_rate_mbit(link, frame_size), frame_size)
    assert frames * (frame_size + 20) * 8 / 1e6 == pytest.approx(link)


@pytest.mark.parametrize("function", [packets_per_second, rate_mbit, line_rate_mbit])
@pytest.mark.parametrize(("first", "frame_size"), [(-1, 64), (100, 0), (100, -64)])
def test_impossible_arguments_are_refused(function, first, frame_size):
    """A negative rate or a frame without a size is an error, not a number."""
    with pytest.raises(ValueError, match=r"must"):
        function(first, frame_size)


def test_units_import_nothing_heavy():
    """The module needs what a frame size is and no more, since every script loads it."""
    tree = ast.parse(Path(sys.modules[units.__name__].__file__).read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [node.module for node in found] == [frame_mix.__name__]
