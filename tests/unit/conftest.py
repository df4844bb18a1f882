"""What unit tests share."""

import pytest

from softgen_library import load_softgen


@pytest.fixture(scope="session")
def softgen(tmp_path_factory):
    """softgen's parts as a library."""
    return load_softgen(tmp_path_factory.mktemp("softgen"))
