"""What the tests with real packets share."""

from pathlib import Path

import pytest
import yaml
from faults import build_faulty

from middlebench.duts.ovs.sandbox import OvsDpdk
from middlebench.experiment import grid
from middlebench.measuring import functional_check
from middlebench.measuring.parts import Parts
from workspace import (
    REPOSITORY,
    bring_results,
    build,
    copy_workflow,
    edit_config,
    make_quick,
    snakemake,
)

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
def program(tmp_path_factory):
    """The token bucket, built by its own Makefile."""
    return build("middleboxes/token_bucket", tmp_path_factory.mktemp("token_bucket"))


@pytest.fixture(scope="session")
def faulty_binary(tmp_path_factory):
    """softgen with every fault; none acts before it is chosen."""
    return build_faulty(tmp_path_factory.mktemp("faulty") / "softgen")


@pytest.fixture
def plant(faulty_binary, monkeypatch):
    """`plant(fault)`: the binary in which this one fault acts from now on."""

    def choose(fault):
        monkeypatch.setenv("FAULT", fault)
        return faulty_binary

    return choose


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
    """The shipped configuration's settings of a NAT point, given up sooner."""
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))
    found = grid.measuring_settings(config, "nat_64b") | {"stage": "coarse"}
    return found | {"durations": found["durations"] | {"max_windows": 6}}


@pytest.fixture
def asked_once(monkeypatch):
    """A functional check whose failure is planted is not made again."""
    monkeypatch.setattr(functional_check, "TRIES", 1)


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """A folder in which Snakemake built softgen."""
    folder = copy_workflow(tmp_path_factory.mktemp("built") / "run")
    run = snakemake(folder, "--cores", "1", "results/software/softgen/softgen")
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="session")
def pipeline(built, tmp_path_factory):
    """A folder in which Snakemake made a figure of two points, and what it said."""
    folder = copy_workflow(tmp_path_factory.mktemp("pipeline") / "run")
    bring_results(built, folder, "software")
    edit_config(folder, make_quick)
    run = snakemake(folder, "--cores", "1", "figures/nat_64b.pdf", "results/sandbox/points.csv")
    assert run.returncode == 0, run.stderr
    return folder, run.stdout + run.stderr


@pytest.fixture
def short(settings):
    """The same of a point of a fifth of a second."""
    return settings | {"durations": settings["durations"] | {"window_ms": 100, "max_windows": 2}}


@pytest.fixture
def within_the_window(monkeypatch):
    """`within_the_window(command)`: Open vSwitch is told so while the load goes on."""

    def plant(command):
        told = OvsDpdk.learned_command.fget
        warmup_and_a_little_s = 0.2
        later = f"(sleep {warmup_and_a_little_s}; {command}) > /dev/null 2>&1 &"
        planted = property(lambda dut: f"{told(dut)}; {later}")
        monkeypatch.setattr(OvsDpdk, "learned_command", planted)

    return plant
