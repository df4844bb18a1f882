"""How a testbed is wired, as its configuration says: what the figure of the testbed draws.

Used while Snakemake reads the rules, so it imports nothing slow and contacts nothing.
"""

from collections.abc import Mapping
from typing import Any

from middlebench.addresses import host_settings, is_here
from middlebench.duts.registry import implementation
from middlebench.experiment.grid import figure_settings
from middlebench.generators import GENERATORS, IN_A_SANDBOX, generator_of

HERE = "this machine"
SIDES = ("inside", "outside")
"""What the first and the second port of a DUT are."""


def wiring(config: Mapping, testbed: str) -> dict[str, Any]:
    """The wiring of a testbed in plain words.

    Keys: `testbed`; `sandbox`: whether both ends share one machine's memory; `cables`: the words on
    each of the two; `ends`: load generator, then DUT, each with `machine`, `ssh` (whether it is
    reached by SSH), `title`, `lines`, and `ports`: the lines of each of the two.
    """
    where = config["testbeds"][testbed]
    ends = _virtual_ends(config, testbed) if where["virtual"] else _real_ends(config, testbed)
    speed = f"{link_speed(where['link_mbit'])}: " if where["link_mbit"] else "memory: "
    cables = [f"{speed}load to the DUT", f"{speed}back from the DUT"]
    return {"testbed": testbed, "sandbox": where["virtual"], "cables": cables, "ends": ends}


def link_speed(mbit: int) -> str:
    """A link's speed for reading: 100 Mbit/s, 2.5 Gbit/s, 10 Gbit/s."""
    return f"{mbit / 1000:g} Gbit/s" if mbit >= 1000 else f"{mbit} Mbit/s"


def _virtual_ends(config: Mapping, testbed: str) -> list[dict]:
    """Generator and DUT in one sandbox: sockets, or devices of the kernel, lie between them."""
    kinds = list(dict.fromkeys(implementation(dut, False).ports for dut in _duts(config, testbed)))
    where = _machine(config["testbeds"][testbed], "dut")
    generator = {
        **where,
        "title": f"load generator: {GENERATORS[IN_A_SANDBOX].title}",
        "lines": ["polls on a core of its own"],
        "ports": [[f"port {letter}", *kinds] for letter in "AB"],
    }
    dut = {
        **where,
        "title": f"DUT: {', '.join(_duts(config, testbed))}",
        "lines": ["works on a core of its own"],
        "ports": [_dut_port(number, kinds) for number in (0, 1)],
    }
    return [generator, dut]


def _real_ends(config: Mapping, testbed: str) -> list[dict]:
    """Generator and DUT on ports of one or two hosts."""
    where = config["testbeds"][testbed]
    loadgen, prepare = where.get("loadgen", {}), where.get("prepare", {})
    name = generator_of(where)
    told = loadgen.get(name, {})
    generator = {
        **_machine(where, "loadgen"),
        "title": f"load generator: {GENERATORS[name].title}",
        "lines": [
            words.format(told[key]) for key, words in GENERATORS[name].wiring.items() if key in told
        ],
        "ports": [
            [f"port {letter}", *_port(loadgen, number)] for number, letter in enumerate("AB")
        ],
    }
    dut = {
        **_machine(where, "dut"),
        "title": f"DUT: {', '.join(_duts(config, testbed))}",
        "lines": [
            *([f"{prepare['hugepages']} hugepages of 2 MB"] if prepare.get("hugepages") else []),
            *([f"ports bound to {prepare['driver']}"] if prepare.get("driver") else []),
        ],
        "ports": [_dut_port(number, _port(where, number)) for number in (0, 1)],
    }
    return [generator, dut]


def _duts(config: Mapping, testbed: str) -> list[str]:
    """The devices under test of the figures on a testbed, in their order."""
    settings = [figure_settings(config, figure) for figure in config["figures"]]
    found = [each["dut"] for each in settings if each["testbed"] == testbed]
    return list(dict.fromkeys(found)) or [config["defaults"]["dut"]]


def _machine(testbed: Mapping, role: str) -> dict[str, Any]:
    host = host_settings(testbed, role)
    return {"machine": HERE if is_here(host) else host["address"], "ssh": not is_here(host)}


def _dut_port(number: int, lines: list[str]) -> list[str]:
    return [f"port {number + 1}, {SIDES[number]}", *lines]


def _port(side: Mapping, number: int) -> list[str]:
    """What the configuration says about a port, a line a key."""
    port = side["ports"][number] if "ports" in side else {}
    names = {"pci": "PCI", "interface": "interface", "vdev": "vdev"}
    found = [f"{name} {port[key]}" for key, name in names.items() if key in port]
    return found or ["(no address given)"]
