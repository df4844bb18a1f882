"""Starting a host anew, as seen over SSH: an sshd that goes away and comes back as another boot."""

import shutil
import subprocess
import threading
import time

import pytest

from middlebench.errors import HostError
from middlebench.hosts import lock as lifetime
from middlebench.preparation import reboot as module
from middlebench.preparation.reboot import reboot
from sshd import await_port, running_sshd

RETRY_S = 0.05


class Machine:
    """A far host whose power button is a file."""

    def __init__(self, sshd):
        self.sshd = sshd
        self.button = sshd.folder / "reboot"
        self.boot = sshd.folder / "boot_id"
        self.boot.write_text("first\n", encoding="ascii")
        self.again = None

    def start_anew(self, boot):
        """Once the button is pressed: all connections and the sshd go, then it is there again."""
        while not self.button.exists():
            time.sleep(0.01)
        sessions = self.sshd.sessions()
        for process in (self.sshd.process, *sessions):
            process.kill()
        self.sshd.process.wait()
        if boot is None:
            return
        time.sleep(5 * RETRY_S)  # it cannot be reached for a while
        self.boot.write_text(f"{boot}\n", encoding="ascii")
        program = shutil.which("sshd", path="/usr/sbin:/sbin")
        self.again = subprocess.Popen(
            [program, "-D", "-f", self.sshd.folder / "sshd_config"], stderr=subprocess.DEVNULL
        )
        await_port(self.sshd.port, self.again)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A host of this test's."""
    with running_sshd(tmp_path / "sshd") as sshd:
        made = Machine(sshd)
        monkeypatch.setattr(lifetime, "LOCK_FOLDER", str(tmp_path))
        monkeypatch.setattr(module, "BOOT_ID", str(made.boot))
        monkeypatch.setattr(module, "REBOOT", f"touch {made.button}; sleep 60")
        monkeypatch.setattr(module, "RETRY_S", RETRY_S)
        yield made
        if made.again:
            made.again.kill()
            made.again.wait()


@pytest.fixture
def power(machine):
    """`power(boot)`: it comes back as that boot when it is asked to; None: it stays away."""
    threads = []

    def on(boot):
        threads.append(threading.Thread(target=machine.start_anew, args=(boot,)))
        threads[-1].start()

    yield on
    machine.button.touch()
    for thread in threads:
        thread.join(10)


def test_a_host_is_waited_for_until_it_is_another_boot(machine, power):
    """The lost connection is no fault; both boots are told.

    systemctl(1) of systemd 252: reboot "is asynchronous; it will return after the reboot operation
    is enqueued", so that it may also end well; a boot has its own /proc/sys/kernel/random/boot_id
    (random(4)).
    """
    power("second")
    assert reboot(machine.sshd.settings) == {"before": "first", "after": "second"}


def test_a_host_that_does_not_come_back_is_named(machine, power):
    """After its time, with the last reason."""
    power(None)
    with pytest.raises(HostError, match=r"far: asked to reboot, and not there .* refuses connect"):
        reboot(machine.sshd.settings, timeout_s=1)


def test_a_host_that_only_dropped_the_connection_is_the_same_boot(machine, power):
    """An sshd that is there again is no reboot."""
    power("first")
    with pytest.raises(HostError, match="it is still the same boot"):
        reboot(machine.sshd.settings, timeout_s=2)


def test_a_reboot_that_is_refused_is_named(machine, monkeypatch):
    """At once, in the host's words: those of systemctl 252 without polkit's consent."""
    monkeypatch.setattr(module, "REBOOT", "echo 'Interactive authentication required.' >&2; exit 1")
    with pytest.raises(HostError, match="far: cannot be rebooted: Interactive authentication"):
        reboot(machine.sshd.settings)
