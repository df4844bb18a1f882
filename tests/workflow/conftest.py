"""Shared by the tests that look into the report."""

import pytest

from browser import chromium, missing


@pytest.fixture(scope="session")
def driver(tmp_path_factory):
    """One Chromium for all tests."""
    if program := missing():
        pytest.skip(f"{program} is missing: install it (envs/apt-extra.txt)")
    with chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started
