"""How many CPUs MoonGen has for its tasks, on hosts of different shapes."""

import pytest
from invoke.runners import Result

from middlebench.errors import GeneratorError
from middlebench.hosts.connect import open_host
from middlebench.loadgens import moongen_cpus
from middlebench.loadgens.moongen_cpus import for_tasks

DEVICE = "0000:04:00.0"


@pytest.fixture
def counted(tmp_path, monkeypatch):
    """What is said of a host with these lists of CPUs, its port on a node."""
    for name in ("ONLINE", "DEVICES", "NODES"):
        made = tmp_path / getattr(moongen_cpus, name).removeprefix("/sys/")
        monkeypatch.setattr(moongen_cpus, name, str(made))

    def ask(online: str, node: str = "-1", **cpulists: str) -> str:
        files = {"devices/system/cpu/online": online, f"bus/pci/devices/{DEVICE}/numa_node": node}
        files |= {f"devices/system/node/{name}/cpulist": text for name, text in cpulists.items()}
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(f"{text}\n", encoding="ascii")
        with open_host({"address": "local"}) as host:
            return for_tasks(host, [DEVICE, "0000:04:00.1"])

    return ask


@pytest.mark.tried("words")
@pytest.mark.parametrize(
    ("online", "node", "cpulists", "said"),
    [
        # the thesis's generator: four cores, one node
        ("0-3", "0", {"node0": "0-3"}, "3 for tasks on NUMA node 0, that of 0000:04:00.0: enough "
         "for one load queue, so not near line rate"),
        ("0-4", "-1", {"node0": "0-4"}, "4 for tasks on NUMA node 0, that of 0000:04:00.0: enough "
         "for any rate"),
        # the port on the second socket: the master is not there, the first's CPUs do not count
        ("0-7", "1", {"node0": "0-3", "node1": "4-7"}, "4 for tasks on NUMA node 1, that of"),
        ("0-7", "0", {"node0": "0-3", "node1": "4-7"}, "3 for tasks on NUMA node 0, that of"),
        # CPUs that are offline, and a kernel without nodes
        ("0-1,6", "1", {"node0": "0-3", "node1": "4-7"}, None),
        ("0-2", "-1", {}, "2 for tasks on NUMA node 0"),
        ("0-1", "-1", {}, None),
    ],
)  # fmt: skip
def test_cpus_for_moongens_tasks(counted, online, node, cpulists, said):
    """The master has the lowest CPU, each task another one, of the node of its device.

    libmoon dfceafc: lua/dpdk.lua:137 (all CPUs), lua/libmoon.lua:150 to 176 (master skipped, socket
    of the device; its way out, any socket, passes nil and finds none), src/device.c:218.
    """
    if said:
        assert counted(online, node, **cpulists).startswith(said)
        return
    with pytest.raises(GeneratorError) as refused:
        counted(online, node, **cpulists)
    assert "1 CPUs beside CPU 0, the master's, on NUMA node" in str(refused.value)
    assert "allowed: 2 or more (a load queue and the stamps, one each), 4 near" in str(
        refused.value
    )
    assert "\n" not in str(refused.value)


def test_a_host_that_says_nothing_has_too_few(monkeypatch):
    """No number is made up."""

    class Mute:
        name = "riga"

        def run(self, *_: object, **__: object) -> Result:
            """Nothing."""
            return Result()

    with pytest.raises(GeneratorError, match="riga has 0 CPUs beside CPU 0"):
        for_tasks(Mute(), [DEVICE])
