"""What unit tests share."""

import pytest

from builders import Builder, make_tarball
from softgen_library import load_softgen


@pytest.fixture(scope="session")
def softgen(tmp_path_factory):
    """softgen's parts as a library."""
    return load_softgen(tmp_path_factory.mktemp("softgen"))


@pytest.fixture
def tarball(tmp_path):
    """`tarball(files)`: what config.yaml says about a tarball of a source with these files."""
    return lambda files, name="program-9.9": make_tarball(tmp_path, files, name)


@pytest.fixture
def builder(tmp_path):
    """A Builder in the test's folder."""
    return Builder(tmp_path)
