"""What all tests share: settings, and a host over SSH."""

import pytest
from hypothesis import settings

from middlebench.hosts.connect import open_host
from sshd import running_sshd

# No deadline, as shared machines stop a core for milliseconds; the same examples on every run.
settings.register_profile("middlebench", deadline=None, derandomize=True)
settings.load_profile("middlebench")


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    """The far side."""
    with running_sshd(tmp_path_factory.mktemp("far") / "sshd") as running:
        yield running


@pytest.fixture
def far(sshd):
    """A host over SSH."""
    with open_host(sshd.settings) as host:
        yield host
