"""Who is connected to over SSH: known keys, accepted users, settings that are none."""

import socket

import pytest

from middlebench.errors import HostError
from middlebench.hosts.connect import open_host
from sshd import free_port, make_key


def refusal(settings):
    """What opening a host says; one line."""
    with pytest.raises(HostError) as caught, open_host(settings):
        pass
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("address", "name"), [("far", "127.0.0.1"), ("jump", "localhost")])
def test_an_unknown_host_key_is_refused(sshd, tmp_path, address, name):
    """Also that of a host to jump over; nothing is added to the known keys."""
    line = (sshd.folder / "known_hosts").read_text(encoding="ascii")
    line = line.replace(f",[localhost]:{sshd.port}", "") if address == "jump" else ""
    file = tmp_path / "known_hosts"
    file.write_text(line, encoding="ascii")
    said = refusal(sshd.settings | {"address": address, "known_hosts": str(file)})
    assert f"[{name}]:{sshd.port}: unknown host key (ssh-ed25519 SHA256:" in said
    assert f"accept it once by hand: ssh -p {sshd.port} " in said
    assert file.read_text(encoding="ascii") == line


def test_a_changed_host_key_is_refused(sshd, tmp_path):
    """Both fingerprints and what to do are named."""
    known = tmp_path / "known_hosts"
    other = make_key(tmp_path / "other").with_suffix(".pub").read_text(encoding="ascii")
    known.write_text(f"[127.0.0.1]:{sshd.port} {other}", encoding="ascii")
    said = refusal(sshd.settings | {"known_hosts": str(known)})
    assert said.startswith("far: the host key has changed: known is ssh-ed25519 SHA256:")
    assert f"ssh-keygen -R '[127.0.0.1]:{sshd.port}'" in said


def test_a_host_is_reached_over_another(sshd):
    """`ProxyJump` of ssh_config counts."""
    with open_host(sshd.settings | {"address": "jump"}) as host:
        assert host.run("echo there").stdout == "there\n"


def test_a_port_without_sshd_is_named(sshd):
    """Nobody listens; or nobody says anything."""
    port = free_port()
    settings = sshd.settings | {"connect_timeout_s": 1}
    said = refusal(settings | {"address": f"root@127.0.0.1:{port}"})
    assert f"127.0.0.1 port {port} refuses connections" in said
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        said = refusal(settings | {"address": f"root@127.0.0.1:{port}"})
    assert f"127.0.0.1 port {port}: no answer of an sshd in 1 s" in said


def test_a_key_that_is_not_accepted_is_no_reason_for_a_password(sshd, tmp_path):
    """One line says what to do."""
    text = (sshd.folder / "ssh_config").read_text(encoding="ascii")
    other = tmp_path / "ssh_config"
    other.write_text(text.replace(f"{sshd.folder}/key", str(make_key(tmp_path / "key"))))
    said = refusal(sshd.settings | {"ssh_config": str(other)})
    assert said.startswith("far: no key of yours lets ")
    assert "ssh-copy-id" in said


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"become": "su"}, "far: become: su; allowed: null, sudo"),
        ({"address": "host:many"}, "host:many: not an address, or no ssh_config"),
        ({"ssh_config": "/nowhere/config"}, "far: not an address, or no ssh_config"),
    ],
)
def test_settings_that_are_none_are_named(sshd, settings, said):
    """One line, and no connection."""
    assert refusal(sshd.settings | settings).startswith(said)
