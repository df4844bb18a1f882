"""What all tests share: settings, a host over SSH, and forked runs of Snakemake."""

import pytest
from hypothesis import settings

import workspace
from forking import forking
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


@pytest.fixture(scope="session")
def forked_runs(tmp_path_factory):
    """From now on Snakemake is imported once for all of its runs."""
    with forking(tmp_path_factory.mktemp("forking")) as server, pytest.MonkeyPatch.context() as put:
        put.setattr(workspace, "RUN", server.run)
        yield
