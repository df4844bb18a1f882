"""The devices under test by name: all that others must know of each.

How one is added: docs/extending.md.  Used while Snakemake reads the rules: nothing slow is
imported.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from middlebench.duts.schemas import BACKEND, OTHER_CONFIG, POOL, SNAT_ADDRESS, Schema, whole
from middlebench.functions import KNOWN
from middlebench.loading import load

if TYPE_CHECKING:
    from middlebench.duts.interface import Dut

VHOST_USER, TAP, DPDK, KERNEL = "vhost-user", "tap", "dpdk", "kernel"
PORT_KINDS = (VHOST_USER, TAP, DPDK, KERNEL)
"""Kinds of port: a socket, or a device of the kernel, in a sandbox; a card that DPDK has; one that
stays with the kernel."""

FOLDER = "workflow/middleboxes"
"""What runs on DUTs, a folder each."""


class Implementation(NamedTuple):
    """A class with the interface of `duts.interface`, in a sandbox or on hosts."""

    module: str
    """Module of this library: changed, it re-measures this DUT and no other."""
    name: str
    ports: str
    """Kind of its ports, one of PORT_KINDS."""


class Entry(NamedTuple):
    """What a DUT is, and what it needs."""

    folder: str
    """Below FOLDER: its rules, or its sources."""
    program: str
    """The file there that makes it do a function, `{function}` being its name; or, where it is
    `built`, the program that is made of the folder."""
    functions: tuple[str, ...] = tuple(KNOWN)
    sandbox: Implementation | None = None
    hosts: Implementation | None = None
    built: bool = False
    reads: tuple[str, ...] = ()
    """Other files of its folder that it reads."""
    software: str | None = None
    """What it runs of the configuration's `software`."""
    hugepages: int = 0
    """What its host needs at least, of 2 MB, unless it goes without DPDK."""
    tcp_only: tuple[str, ...] = ()
    """The functions that see TCP alone: UDP passes as it is."""
    udp_only: tuple[str, ...] = ()
    """The functions that end TCP in the DUT: what the load's hosts send is not handed on."""
    settings: Mapping[str, Schema] = {}
    """JSON schemas of its settings, `duts.<name>`; all of them are needed."""
    optional: Mapping[str, Schema] = {}
    """The same of those that may be left out."""
    filled: str | None = None
    """Function (`module:name`) of DUT settings, testbed and software settings that gives what fills
    its files; None: its settings do."""
    holds: str | None = None
    """Function (`module:name`) of DUT settings and software settings that gives how many TCP
    connections it can hold, and why not more; None: as many as are asked for."""
    polls: bool = True
    """Is its work done by a thread, which can be seen and stopped?  Else by the kernel itself."""
    learn_pps: int | None = None
    """New flows that it takes in a second; None: as many as a load has learned by itself."""
    measured: bool = True
    """May a figure measure it?"""

    def on(self, on_hosts: bool) -> Implementation | None:
        """The implementation on hosts or in a sandbox, if there is one."""
        return self.hosts if on_hosts else self.sandbox

    @property
    def takes_any_function(self) -> bool:
        """Does a file of its folder make it do one?  Then users bring their own."""
        return "{function}" in self.program

    @property
    def read_files(self) -> list[str]:
        """Paths of the other files that it reads."""
        return [f"{FOLDER}/{self.folder}/{name}" for name in self.reads]

    def program_file(self, function: str) -> str:
        """Path of its file for a function, or of the folder that its program is built from."""
        own = f"{FOLDER}/{self.folder}"
        return own if self.built else f"{own}/{self.program.format(function=function)}"


DUTS = {
    "ovs-dpdk": Entry(
        folder="open_vswitch",
        program="{function}.flows",
        sandbox=Implementation("duts.ovs.sandbox", "OvsDpdk", VHOST_USER),
        hosts=Implementation("duts.ovs.hosts", "OvsDpdkOnHost", DPDK),
        software="ovs",
        settings={
            "snat_address": SNAT_ADDRESS,
            "memory_mb": whole(256, 65536, "memory for DPDK [MiB]"),
        },
        optional={"other_config": OTHER_CONFIG, **POOL},
    ),
    "ovs-kernel": Entry(
        folder="open_vswitch",
        program="{function}.flows",
        hosts=Implementation("duts.ovs.hosts", "OvsKernel", KERNEL),
        software="ovs",
        settings={"snat_address": SNAT_ADDRESS},
        optional=POOL,
    ),
    "mos": Entry(
        folder="mos",
        program="mos.conf",
        functions=("forward", "firewall", "nat"),
        sandbox=Implementation("duts.mos.sandbox", "MosInSandbox", TAP),
        hosts=Implementation("duts.mos.dut", "Mos", DPDK),
        reads=("simple_firewall.conf",),
        software="mos",
        hugepages=1024,
        tcp_only=("firewall", "nat"),
        settings={
            "snat_address": SNAT_ADDRESS,
            "cores": whole(1, 64, "CPUs that it polls on, from 0"),
            "memory_channels": whole(1, 32, "memory channels per socket"),
            "max_concurrency": whole(1, 10**7, "streams for which each core takes memory"),
        },
        filled="duts.mos.dut:filled",
        holds="duts.mos.state:holds",
    ),
    "linux": Entry(
        folder="linux",
        program="{function}.nft",
        functions=("forward", "stateless_firewall", "firewall", "nat"),
        sandbox=Implementation("duts.linux.nftables", "NftRouter", TAP),
        settings={"snat_address": SNAT_ADDRESS},
        optional=POOL,
        polls=False,
    ),
    "iptables": Entry(
        folder="iptables",
        program="{function}.rules",
        functions=("firewall", "nat"),
        sandbox=Implementation("duts.linux.iptables", "IptablesRouter", TAP),
        settings={
            "snat_address": SNAT_ADDRESS,
            "backend": BACKEND,
        },
        optional=POOL,
        polls=False,
    ),
    "bridge": Entry(
        folder="bridge",
        program="{function}.rules",
        functions=("forward", "firewall"),
        sandbox=Implementation("duts.linux.bridge", "Bridge", TAP),
        settings={"backend": BACKEND},
        polls=False,
    ),
    "ovs-userspace": Entry(
        folder="open_vswitch",
        program="{function}.flows",
        sandbox=Implementation("duts.ovs.userspace", "OvsUserspace", TAP),
        software="ovs",
        settings={"snat_address": SNAT_ADDRESS},
        optional={"other_config": OTHER_CONFIG, **POOL},
    ),
    "pasta": Entry(
        folder="pasta",
        program="{function}.options",
        functions=("nat",),
        sandbox=Implementation("duts.pasta", "Pasta", TAP),
        udp_only=("nat",),
        settings={"snat_address": SNAT_ADDRESS},
    ),
    "slirp4netns": Entry(
        folder="slirp4netns",
        program="{function}.options",
        functions=("nat",),
        sandbox=Implementation("duts.slirp4netns", "Slirp4netns", TAP),
        udp_only=("nat",),
        settings={"snat_address": SNAT_ADDRESS},
        learn_pps=4000,  # it asks all of its sockets for each: 5000 packets/s with 10000 of them
    ),
    "testpmd": Entry(
        folder="testpmd",
        program="{function}.options",
        functions=("forward",),
        sandbox=Implementation("duts.testpmd", "Forwarder", VHOST_USER),
    ),
    "token-bucket": Entry(  # a forwarder of known capacity, to test the measuring with
        folder="token_bucket",
        program="token_bucket",
        functions=("forward",),
        sandbox=Implementation("duts.vhost_programs", "TokenBucket", VHOST_USER),
        built=True,
        settings={
            "capacity_pps": whole(1, 10**8, "packets/s that it forwards in each direction"),
            "bucket_packets": whole(1, 32768, "packets that it forwards at once after a pause"),
            "queue_packets": whole(32, 32768, "packets that wait for a token"),
            "delay_us": whole(0, 10**6, "time that it keeps every packet [us]"),
            "pause_share": {
                "type": "number",
                "minimum": 0,
                "maximum": 0.9,
                "description": "share of the time in which it stands still, 4 to 8 ms at a time",
            },
            "seed": {"$ref": "#/$defs/seed"},
        },
    ),
    "wire": Entry(  # the shortest path between two ports, by which a generator is calibrated
        folder="",
        program="dpdk-testpmd",
        functions=("forward",),
        sandbox=Implementation("duts.vhost_programs", "Testpmd", VHOST_USER),
        measured=False,
    ),
    "redirect": Entry(  # the same between two devices of the kernel
        folder="",
        program="nft",
        functions=("forward",),
        sandbox=Implementation("duts.linux.redirect", "Redirect", TAP),
        polls=False,
        measured=False,
    ),
}

CALIBRATED_WITH = {VHOST_USER: "wire", TAP: "redirect"}
"""Kind of port -> the DUT between two of them by which a generator is calibrated.

Where there is none, the link bounds the generator, and nothing is measured."""


def entry(name: str) -> Entry:
    """The entry of a DUT.  KeyError for one that is not there."""
    return DUTS[name]


def available(on_hosts: bool) -> list[str]:
    """The DUTs that figures can measure on hosts, or in a sandbox."""
    return [name for name, of in DUTS.items() if of.measured and of.on(on_hosts)]


def implementation(name: str, on_hosts: bool) -> Implementation:
    """How a DUT is run there.  KeyError when it cannot be."""
    found = DUTS[name].on(on_hosts)
    if found is None:
        raise KeyError(name)
    return found


def dut_class(name: str, on_hosts: bool = False) -> type["Dut"]:
    """The class of a DUT.  KeyError for an unknown name."""
    found = implementation(name, on_hosts)
    return load(found.module, found.name)


def fills(name: str, settings: Mapping, testbed: Mapping, software: Mapping | None) -> Mapping:
    """What fills ${...} in a DUT's files, as they are listed."""
    if not entry(name).filled:
        return settings
    return load(*entry(name).filled.split(":"))(settings, testbed, software)


def most_connections(name: str, settings: Mapping, software: Mapping) -> tuple[int, str] | None:
    """How many TCP connections a DUT can hold, and why not more; None: any number."""
    holds = entry(name).holds
    return load(*holds.split(":"))(settings, software) if holds else None
