"""Shared by tests of the configuration: the shipped one, changes to it, hardware testbeds."""

import copy

import pytest
import yaml
from hypothesis import strategies as st

from middlebench.errors import ConfigError
from middlebench.experiment.config import load, validate
from middlebench.experiment.schema import schema
from middlebench.files.strict_yaml import read_yaml
from workspace import REPOSITORY

FILE = read_yaml(REPOSITORY / "config.yaml")
DEFAULT = load(REPOSITORY / "config.yaml")
SCHEMA = schema()


def changed(path: str, value) -> dict:
    """The default configuration with one value set (or, with `...`, removed) at a path a/b/0."""
    config = copy.deepcopy(DEFAULT)
    *parents, last = path.split("/")
    node = config
    for part in parents:
        node = node[int(part) if isinstance(node, list) else part]
    last = int(last) if isinstance(node, list) else last
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return config


def one_figure() -> dict:
    """The default configuration with one figure of 2 x 2 x 2 points."""
    config = copy.deepcopy(DEFAULT)
    config["figures"] = {
        "one": {
            "function": "nat",
            "frame_size": 64,
            "flows": [100, 10],
            "rates_mbit": {"from": 100, "to": 299, "step": 100},
            "repetitions": {"min": 2, "max": 3, "retries": 1},
        }
    }
    return config


def fault(config) -> str:
    """The line that validate() ends with."""
    with pytest.raises(ConfigError) as caught:
        validate(config)
    return str(caught.value)


def check_refused(path: str, value, line: str) -> None:
    """The default configuration with a value at a path ends with one line that begins so."""
    told = fault(changed(path, value))
    assert told.startswith(line)
    assert "; allowed: " in told
    assert "\n" not in told


def outcome(function, argument) -> str | None:
    """The line of a ConfigError, None when there was none; any other exception passes through."""
    try:
        function(argument)
    except ConfigError as error:
        return str(error)
    return None


HARDWARE = {
    "virtual": False,
    "link_mbit": 10000,
    "gate": False,
    "ports": [{"pci": f"0000:03:00.{n}", "interface": f"eth{n + 2}"} for n in (0, 1)],
    "loadgen": {
        "host": {"address": "riga"},
        "generator": "softgen",
        "ports": [{"pci": f"0000:04:00.{n}"} for n in (0, 1)],
    },
    "prepare": {"dry": True, "hugepages": 0, "driver": None, "governor": None, "packages": []},
}
TOKEN_BUCKET = {
    "capacity_pps": 500000,
    "bucket_packets": 32,
    "queue_packets": 512,
    "delay_us": 50,
    "pause_share": 0.3,
    "seed": 1,
}
MOS = {
    "snat_address": "200.200.200.200",
    "cores": 6,
    "memory_channels": 2,
    "max_concurrency": 100000,
}
TARBALL = {"from": "tarball", "version": "3.1.0", "sha256": "0" * 64, "path": "x.tar.gz"}
GIT = {"from": "git", "url": "https://example.org/x", "commit": "0" * 40}
TALLINN = yaml.safe_load((REPOSITORY / "testbeds/tallinn.yaml").read_text(encoding="utf-8"))[
    "testbeds"
]["tallinn"]
PCI = [{"pci": "0000:05:00.0"}, {"pci": "0000:05:00.1"}]
VDEV = [{"vdev": "net_af_packet0,iface=veth0"}, {"vdev": "net_af_packet1,iface=veth1"}]
SOFTGEN = TALLINN["loadgen"] | {"generator": "softgen"}


def leaves(node, path=()):
    """Every path to a value in a nested mapping; lists are values."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield (*path, key), value
            yield from leaves(value, (*path, key))


YAML_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**10)
    | st.sampled_from([10**400, -(10**400)])
    | st.floats()
    | st.text(max_size=20)
    | st.dates()
    | st.binary(max_size=5),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.text(max_size=8) | st.integers() | st.none(), children, max_size=3)
    ),
    max_leaves=6,
)
