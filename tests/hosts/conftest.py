"""What tests of hosts share: either kind of host, and processes that must end."""

import pytest

from marked import CLEAN_WITHIN_S, Marked, wait_for
from middlebench.hosts.connect import open_host
from sshd import LOCAL_SETTINGS


@pytest.fixture(params=["local", "far"])
def host(request):
    """Either kind of host."""
    if request.param == "far":
        yield request.getfixturevalue("far")
    else:
        with open_host(LOCAL_SETTINGS) as near:
            yield near


@pytest.fixture
def marked():
    """Processes of this test; it fails when one is left."""
    mine = Marked()
    yield mine
    wait_for(lambda: not mine.found(), CLEAN_WITHIN_S, "end of all processes")
