"""Where a testbed measures: in a sandbox on one host, or on two hosts with cables between them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

from invoke import Context

from middlebench.hosts import LOCAL, Host, open_host
from middlebench.lifetime import machine_lock


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
    here = {"address": LOCAL}
    with ExitStack() as stack:
        if "loadgen" in testbed:
            settings = (testbed.get("host", here), testbed["loadgen"].get("host", here))
            yield TwoHosts(*(stack.enter_context(open_host(each)) for each in settings), testbed)
            return
        settings = testbed.get("host", here)
        yield None if settings["address"] == LOCAL else stack.enter_context(open_host(settings))


@contextmanager
def testbed_lock(where: Where) -> Iterator[None]:
    """Have the host, or both, to oneself: waits while another run measures there.

    Of two the first by name is locked first, so that two runs with the same hosts do not wait for
    each other.
    """
    hosts = {where.dut, where.loadgen} if isinstance(where, TwoHosts) else {where}
    with ExitStack() as stack:
        for host in sorted(hosts, key=lambda host: host.name if host else ""):
            stack.enter_context(machine_lock(host))
        yield
