"""What the tests with real packets share."""

from pathlib import Path

import pytest
import yaml

from middlebench import grid
from middlebench.assembly import Parts
from workspace import REPOSITORY, build

RULES = REPOSITORY / "workflow/middleboxes/open_vswitch"


def pytest_collection_modifyitems(items):
    """Every test of this folder sends packets."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.system)


@pytest.fixture(scope="session")
def binary(tmp_path_factory):
    """softgen, built by its own Makefile."""
    return build("loadgens/softgen", tmp_path_factory.mktemp("softgen"))


@pytest.fixture(scope="session")
def parts(binary):
    """A function's parts: `parts("nat")`, or with rules of the test's own."""
    return lambda function, rules=None: Parts(
        "ovs-dpdk", function, rules or RULES / f"{function}.flows", binary
    )


@pytest.fixture(scope="session")
def calibration():
    """What a point is told about its generator; far from anything that a test reaches."""
    return {"ceiling_pps": 50e6, "floor_ns": 1.0}


@pytest.fixture(scope="session")
def settings():
    """The shipped configuration's settings of a NAT point, with those of a check."""
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    settings = grid.measuring_settings(config, "nat_64b")
    return settings | {"expected_failures": [], "stage": "coarse"}
