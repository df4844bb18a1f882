"""Opening a host of a testbed: this machine or another one over SSH, used with invoke's `run`.

`open_host` gives an invoke.Context or a fabric.Connection (module `ssh`, only then imported) with
the methods of `Host`.
"""

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from middlebench.addresses import is_here
from middlebench.errors import HostError
from middlebench.hosts.host import Host, LocalHost

REMOTE = "middlebench.hosts.ssh"
"""The module of what is not this machine."""

DEFAULTS: dict[str, Any] = {
    "become": None,
    "connect_timeout_s": 10,
    "command_timeout_s": 600,
    "ssh_config": None,
    "known_hosts": None,
    "folder": "~/.cache/middlebench",
}

_open: dict[str, Host] = {}


@contextmanager
def open_host(settings: Mapping[str, Any]) -> Iterator[Host]:
    """A host, connected; `settings` are `address` and what of DEFAULTS is to be otherwise.

    `address`: `local`, a name as in ~/.ssh/config, or user@host:port.  `become`: None or `sudo`.
    `ssh_config` and `known_hosts` [path] stand for the user's own, `folder` is the place for
    copies there.  Opened again with the same settings, it is the same connection.

    HostError in one line for all that goes wrong with a host; a command that fails is invoke's
    UnexpectedExit (with `warn=True` a result).
    """
    chosen = DEFAULTS | {key: settings[key] for key in ("address", *DEFAULTS) if key in settings}
    if chosen["become"] not in (None, "sudo"):
        raise HostError(f"{chosen['address']}: become: {chosen['become']}; allowed: null, sudo")
    key = repr(sorted(chosen.items()))
    if key in _open:
        yield _open[key]
        return
    with _connected(chosen) as host:
        _open[key] = host
        try:
            yield host
        finally:
            del _open[key]


@contextmanager
def _connected(settings: Mapping[str, Any]) -> Iterator[Host]:
    if is_here(settings):
        with contextlib.closing(LocalHost(settings)) as host:
            yield host
        return
    # By name, as it takes a quarter of a second, and so that no measurement here depends on it.
    remote = import_module(REMOTE).RemoteHost
    with remote(settings) as host:
        host.open()
        yield host
