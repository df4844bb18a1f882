"""The DUT testpmd: what its files of options say."""

import pytest

from middlebench.duts.registry import DUTS
from middlebench.duts.testpmd import Forwarder
from middlebench.errors import DutError
from middlebench.functions import Makes
from workspace import REPOSITORY


def forwarder(program):
    """It, not started."""
    return Forwarder(None, {}, "forward", program, 1)


@pytest.mark.parametrize(
    ("function", "makes"),
    [
        ("forward", Makes()),
        ("forward_mac", Makes(new_source_mac=True)),
        ("rewrite", Makes(swapped=True)),
    ],
)
def test_the_shipped_files_say_what_becomes_of_frames(function, makes):
    """By their forwarding mode, which comes after the default one."""
    dut = forwarder(REPOSITORY / DUTS["testpmd"].program_file(function))
    assert dut.makes == makes
    assert dut.options().count("--forward-mode=") == 2
    assert dut.options().split()[-1].startswith("--forward-mode=")


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("text", "said"),
    [("--forward-mode=csum", "--forward-mode=csum"), ("# --forward-mode=io", "no --forward-mode")],
)
def test_a_mode_of_which_nothing_is_known_is_refused(tmp_path, text, said):
    """What it makes of frames could not be judged."""
    program = tmp_path / "own.options"
    program.write_text(f"{text}\n", encoding="utf-8")
    with pytest.raises(DutError, match=rf"own\.options: {said}; allowed: --forward-mode=io\|mac"):
        _ = forwarder(program).makes
