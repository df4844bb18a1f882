"""Where a testbed measures: in a sandbox on one host, or on two hosts with cables between them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from invoke import Context

from middlebench.addresses import host_settings, is_here
from middlebench.hosts.connect import open_host
from middlebench.hosts.host import Host
from middlebench.hosts.lock import lock_name, machine_lock


class TwoHosts(NamedTuple):
    """The hosts of a hardware testbed; they may be one and the same."""

    dut: Host
    loadgen: Host
    testbed: Mapping[str, Any]
    """The configuration's `testbeds.<name>`."""


Where = TwoHosts | Context | None
"""Two hosts; or the host of a sandbox, None being this machine."""


@contextmanager
def testbed_place(testbed: Mapping[str, Any]) -> Iterator[Where]:
    """The host or hosts of a testbed of the configuration, connected.  HostError in one line."""
    dut = host_settings(testbed, "dut")
    with ExitStack() as stack:
        if "loadgen" in testbed:
            both = (dut, host_settings(testbed, "loadgen"))
            yield TwoHosts(*(stack.enter_context(open_host(each)) for each in both), testbed)
            return
        yield None if is_here(dut) else stack.enter_context(open_host(dut))


@contextmanager
def testbed_lock(where: Where) -> Iterator[None]:
    """Have the host, or both, to oneself: waits while another run measures there.

    Two are locked in the order of what names their locks, so that two runs with the same hosts do
    not wait for each other, whatever part each host has; two that are one machine, once.
    """
    hosts = [where]
    if isinstance(where, TwoHosts):
        named = {lock_name(host): host for host in (where.dut, where.loadgen)}
        hosts = [named[name] for name in sorted(named)]
    with ExitStack() as stack:
        for host in hosts:
            stack.enter_context(machine_lock(host))
        yield
