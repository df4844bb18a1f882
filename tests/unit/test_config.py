"""The configuration: what is accepted, and what schema, comments and defaults say of it."""

import re
import subprocess
import sys

import pytest

from configurations import (
    DEFAULT,
    FILE,
    GIT,
    HARDWARE,
    PCI,
    SCHEMA,
    SOFTGEN,
    TALLINN,
    TARBALL,
    TOKEN_BUCKET,
    VDEV,
    changed,
    fault,
    leaves,
)
from middlebench.errors import ConfigError
from middlebench.experiment.config import load, validate
from middlebench.experiment.testbed_check import (
    check_figure_ports,
    hardware_testbeds,
    prepare_settings,
)
from middlebench.functions import KNOWN
from workspace import REPOSITORY

GOOD = [
    ("figures/nat_64b/frame_size", 1518),
    ("figures/nat_64b/flows", [16_000_000]),
    ("figures/nat_64b/title", "NAT"),
    ("figures/nat_64b/durations", {"warmup_ms": 0}),
    ("figures/again", DEFAULT["figures"]["nat_64b"] | {"repetitions": {"max": 9}}),
    ("figures/again", DEFAULT["figures"]["nat_64b"] | {"flows": [7], "seed": 2}),
    ("verdict/max_loss_ratio", 0),
    ("figures/nat_64b/repetitions", {"min": 5}),
    ("duts/token-bucket", TOKEN_BUCKET),
    ("testbeds/tallinn", HARDWARE),
    ("testbeds/tallinn", TALLINN | {"ports": VDEV, "loadgen": SOFTGEN | {"ports": VDEV}}),
    ("testbeds/tallinn", TALLINN | {"clean_slate": "reboot"}),
    ("testbeds/sandbox/host", {"address": "me@lab1:2222", "become": "sudo"}),
    ("software/ovs", {"from": "source_package", "version": "3.1.0-2+deb12u1"}),
    ("software/ovs", TARBALL | {"options": ["CFLAGS=-O3", "--enable-shared"]}),
    ("software/ovs", GIT),
    ("software", {"ovs": TARBALL, "dpdk": GIT | {"drivers": ["net/vhost"]}, "mos": None}),
    ("software/mos", GIT | {"variant": "pcap", "compiler": "gcc-6"}),
    ("expected_failures", {}),
]


@pytest.mark.parametrize(("path", "value"), GOOD)
def test_what_can_be_measured_is_accepted(path, value):
    """Limits themselves, overrides of a figure, and points shared by two figures that agree."""
    validate(changed(path, value))


def test_a_dut_is_asked_only_for_what_it_does():
    """A token bucket is no NAT."""
    config = changed("duts/token-bucket", TOKEN_BUCKET)
    config["figures"]["nat_64b"]["dut"] = "token-bucket"
    assert fault(config).startswith(
        "figures.nat_64b.function: nat is not one of token-bucket's; allowed: forward"
    )
    config["figures"]["nat_64b"]["function"] = "forward"
    validate(config)


def test_rates_above_line_rate_can_be_marked_instead():
    """As the thesis's 9880 Mbit/s of 1518 B frames: the points get their verdict without a run."""
    config = changed("testbeds/sandbox", HARDWARE)
    assert "or verdict.above_line_rate: mark" in fault(config)
    config["verdict"]["above_line_rate"] = "mark"
    validate(config)


@pytest.mark.parametrize(
    ("frame_size", "limit"), [(64, 7619), (1518, 9869)], ids=["64 B", "1518 B"]
)
def test_line_rate_is_the_limit(frame_size, limit):
    """10GbE carries 7619 Mbit/s of 64 B frames and not 9870 of 1518 B frames (9869.96)."""
    config = changed("testbeds/sandbox", HARDWARE) | {"cost": None}
    figure = config["figures"]["nat_64b"] | {"frame_size": frame_size}
    config["figures"] = {"one": figure | {"rates_mbit": {"from": limit, "to": limit, "step": 1}}}
    validate(config)
    config["figures"]["one"]["rates_mbit"] = {"from": limit, "to": limit + 1, "step": 1}
    assert f"allowed: at most {limit} " in fault(config)


def schema_of(path) -> dict:
    """The part of the schema that describes the value at a path."""
    schema = SCHEMA
    if path[0] == "compare" and "settings" in path[:-1]:  # laid over those of its DUT
        path = ("duts", FILE["defaults"]["dut"], *path[path.index("settings") + 1 :])
    for key in path:
        schema = schema.get("properties", {}).get(key) or schema["additionalProperties"]
        if "$ref" in schema:
            _, part, name = schema["$ref"].split("/")
            schema = SCHEMA[part][name] | schema
    return schema


MEASURED = {DEFAULT["defaults"]["dut"]}
"""DUTs that shipped figures measure."""


@pytest.mark.parametrize("path", [path for path, _ in leaves(FILE)], ids=".".join)
def test_every_key_of_the_default_is_described_in_the_schema(path):
    """Schema and default stay in step: a description, and the unit where there is one."""
    schema = schema_of(path)
    assert schema["description"]
    unit = re.search(r"_(ms|us|mbit|mb|mm|pt)$", path[-1])
    if unit and schema.get("type") == "integer":
        spelt = {"mbit": "Mbit/s", "mb": "MiB"}.get(unit.group(1), unit.group(1))
        assert f"[{spelt}" in schema["description"]


OVERRIDDEN = {*DEFAULT["defaults"]}.union(
    *map(DEFAULT["defaults"].get, ("repetitions", "durations"))
)
"""Keys of `defaults` that a figure, the ladder or the league may say for itself."""


@pytest.mark.parametrize("path", [path for path, _ in leaves(FILE)], ids=".".join)
def test_every_key_of_the_default_is_needed_or_overrides_something(path):
    """A key is required, unless it names a figure or a function, its heading, overrides a default,
    or is a DUT that no shipped figure measures."""
    config = changed("/".join(path), ...)
    overrides = path[0] in ("figures", "cost", "cost_linux") and path[-1] in OVERRIDDEN
    overrides &= path != ("cost_linux", "dut")  # without it there would be two ladders of one DUT
    overrides |= tuple(path[:2]) == ("league", "durations")
    optional = ("title", "skip_after", "refine", "pdr", "addresses")
    own = path[0] == "compare" and "settings" in path  # a variant may be as the other
    chosen = path[0] == "expected_failures" or path[-1] in optional or overrides or own
    unmeasured = path[0] == "duts" and path[-1] in {*DEFAULT["duts"]} - MEASURED
    named = len(path) == 2 and (path[0] in ("figures", "functions", "compare") or unmeasured)
    named |= len(path) == 3 and path[1] == "goal_sets" and path[2] != DEFAULT["throughput"]["goals"]
    if (chosen and len(path) > 1) or named:
        validate(config)
    else:
        assert fault(config)


@pytest.mark.parametrize(
    "key", ["warmup_ms", "rates_mbit", "snat_address", "link_mbit", "height_mm"]
)
def test_units_are_told_beside_the_key(key):
    """config.yaml has a comment with the unit or the reason beside its keys."""
    text = (REPOSITORY / "config.yaml").read_text(encoding="utf-8")
    assert re.search(rf"{key}:.*#|#.*Mbit/s.*\n(.*\n)*.*{key}:", text)


def test_expected_failures_are_items_of_the_functional_check():
    """The schema knows exactly the names that the check gives its items."""
    from middlebench.measuring.check_items import Observation, judge
    from middlebench.measuring.exhaustion import judge_exhausted
    from middlebench.measuring.load_plan import plan_flow

    nothing = Observation([], [], {}, {}, entries=0)
    made = {item.name for does in KNOWN.values() for item in judge(does, nothing)}
    made.add(judge_exhausted([plan_flow(0, 1)], []).name)
    assert made == set(SCHEMA["$defs"]["check"]["enum"])


def test_ports_are_of_dpdk_or_of_the_kernel():
    """DUTs that share a testbed's ports take them the same way, and the kernel's have names."""
    config = changed("testbeds/lab", TALLINN)
    config["defaults"]["testbed"] = "lab"
    config["defaults"]["dut"] = "ovs-kernel"
    config["figures"] = {name: of for name, of in config["figures"].items() if "dut" not in of}
    check_figure_ports(config)
    config["figures"]["nat_64b"]["dut"] = "ovs-dpdk"
    with pytest.raises(ConfigError, match=r"^figures\.nat_64b\.dut: ovs-dpdk where figures\.fw_"):
        check_figure_ports(config)
    del config["figures"]["nat_64b"]["dut"]
    config["testbeds"]["lab"] = TALLINN | {"ports": PCI}
    with pytest.raises(
        ConfigError, match=r"^testbeds\.lab\.ports\[0\]\.interface: is missing; all"
    ):
        check_figure_ports(config)


def test_what_preparation_is_told():
    """The ports of each side, and who has them; MoonGen only where it makes the load."""
    config = load(REPOSITORY / "config.yaml", REPOSITORY / "testbeds/tallinn.yaml")
    assert hardware_testbeds(config) == ["tallinn"]
    assert hardware_testbeds(DEFAULT) == []
    dut, loadgen = (prepare_settings(config, "tallinn", role) for role in ("dut", "loadgen"))
    assert (dut["ports"], dut["bind"], dut["generator"]) == (TALLINN["ports"], True, None)
    assert (loadgen["ports"], loadgen["bind"]) == (TALLINN["loadgen"]["ports"], True)
    assert (dut["address"], loadgen["address"]) == ("tallinn", "riga")
    assert loadgen["generator"] == {"name": "moongen", "path": "/opt/MoonGen"}
    config["defaults"]["dut"] = "ovs-kernel"
    config["testbeds"]["tallinn"] = TALLINN | {"loadgen": SOFTGEN}
    dut, loadgen = (prepare_settings(config, "tallinn", role) for role in ("dut", "loadgen"))
    assert (dut["bind"], loadgen["bind"], loadgen["generator"]) == (False, True, None)


def test_the_rule_files_import_nothing_slow():
    """Snakemake reads these modules on every call: no pandas, no jsonschema, no yaml at import."""
    code = (
        "import sys, middlebench.experiment.config, middlebench.planning.given;"
        "print([m for m in ('pandas', 'numpy', 'jsonschema', 'yaml') if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY / "workflow/scripts",
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "[]\n"
