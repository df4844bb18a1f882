"""The main job for somebody who is not root, after a login of their own."""

import os

import pytest
from ordinary import ordinary_user

from workspace import copy_workflow, edit_config, make_quick

pytestmark = pytest.mark.slow  # half a minute


def tiny(config):
    """One figure of one point far below any knee."""
    make_quick(config)
    config["figures"]["nat_64b"]["rates_mbit"] = {"from": 20, "to": 20, "step": 20}


@pytest.mark.tried("starts")
@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run without root already")
def test_an_ordinary_user_without_sbin_in_their_path_makes_a_figure():
    """`su -`, LANG=C, umask 077, a home with a space: all of it is made without root."""
    with ordinary_user() as user:
        clone = copy_workflow(user.home / "clone")
        edit_config(clone, tiny)
        user.own(clone)
        assert user.run("command -v ovsdb-server || echo none", clone).stdout == "none\n"
        run = user.run("python -m snakemake --cores 1 figures/nat_64b.pdf", clone)
        assert run.returncode == 0, run.stderr
        drawn = clone / "figures/nat_64b.pdf"
        assert drawn.read_bytes().startswith(b"%PDF-")
        assert drawn.stat().st_uid != 0
