"""What real programs say, by which stand-ins and refusals go: asked where they change nothing.

Read besides, of what Debian 12 ships, as it would change a machine or wants a password:
- sudo 1.9.13p3, sudo(8), -n: "If a password is required for the command to run, sudo will display
  an error message and exit", with 1; else the status is the command's own.  sudoers(5), use_pty:
  "If the sudo process is not attached to a terminal, use_pty has no effect": ours never is, so that
  commands stay in our process group, also where it is the default (from 1.9.14 on).  requiretty,
  off by default, refuses all of ours.
- systemd 252, systemctl(1), reboot: "This command is asynchronous; it will return after the reboot
  operation is enqueued": the boot id tells when it happened.  --check-inhibitors: auto behaves like
  "no" for non-interactive invocations.
- Open vSwitch 3.1.0, ovs-dpctl(8): `del-dp dp`, "If dp is associated with any network devices, they
  are automatically removed"; dump-dps, "the name of each configured datapath on a separate line".
- kmod 30, modprobe(8), -r: "If the modules it depends on are also unused, modprobe will try to
  remove them too".
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from machine_tree import PROGRAMS


def said(*command: str) -> tuple[int, str]:
    """Exit status and both outputs of a program; the test is skipped where there is none."""
    path = shutil.which(command[0], path="/usr/sbin:/usr/bin:/sbin:/bin")
    if path is None:
        pytest.skip(f"no {command[0]} here")
    run = subprocess.run([path, *command[1:]], capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


def test_modprobe_refuses_as_its_stand_in():
    """Its line names the module and where it was looked for, with status 1 (kmod 30)."""
    status, line = said("modprobe", "igb_uio_of_nobody")
    assert status == 1
    told = r"^modprobe: FATAL: Module {} not found in directory /lib/modules/\S+$"
    assert re.match(told.format("igb_uio_of_nobody"), line.strip())
    stands_in = re.search(r'echo "(modprobe: FATAL.*)" >&2', PROGRAMS["modprobe"])[1]
    assert re.match(told.format(r"\$1"), stands_in)


def test_modprobe_tells_its_configuration():
    """-c prints `options <module> <name>=<value>` and more, which we look through (kmod 30)."""
    status, text = said("modprobe", "-c")
    assert status == 0
    kinds = {line.split()[0] for line in text.splitlines() if line and line[0] != "#"}
    assert kinds <= {"alias", "blacklist", "options", "install", "remove", "softdep", "weakdep"}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("-b", "no-such-driver", "0000:00:00.0"), "Error: Driver 'no-such-driver' is not loaded."),
        (("-u", "ffff:ff:1f.7"), "Unknown device: ffff:ff:1f.7."),
    ],
)
def test_dpdk_devbind_refuses_with_a_line(words, line):
    """1 before it touches anything; what the kernel refuses later ends with 0 (DPDK 22.11)."""
    status, text = said("dpdk-devbind.py", *words)
    assert status == 1
    assert line in text


def test_dpdk_devbind_ends_with_0_when_the_kernel_refuses():
    """So the driver is looked at afterwards; it binds the one of before again (bind_one)."""
    path = shutil.which("dpdk-devbind.py")
    if path is None:
        pytest.skip("no dpdk-devbind.py here")
    text = Path(path).read_text(encoding="utf-8")
    source = text.partition("def bind_one(")[2].partition("def unbind_all(")[0]
    assert "bind failed for %s - Cannot bind to driver %s: %s" in source
    refused = source.partition("Cannot bind to driver %s: %s")[2]
    assert refused.index("bind_one(dev_id, saved_driver, force)") < refused.index("return")
    assert "is active. " in source.partition('dev["Ssh_if"] and not force')[2][:120]


def test_a_users_own_table_of_connections_can_be_emptied():
    """conntrack -F: 0, and a line on standard error alone (conntrack-tools 1.4.7)."""
    if shutil.which("conntrack", path="/usr/sbin:/usr/bin") is None:
        pytest.skip("no conntrack here")
    status, text = said("unshare", "--user", "--map-root-user", "--net", "conntrack", "-F")
    assert (status, "connection tracking table has been emptied" in text) == (0, True)


def test_ovs_dpctl_knows_our_commands():
    """Both commands of ovs-kernel are there, with one argument and with none (Open vSwitch 3.1)."""
    status, text = said("ovs-dpctl", "list-commands")
    assert status == 0
    assert re.search(r"^ *del-dp +dp$", text, re.MULTILINE), text
    assert re.search(r"^ *dump-dps *$", text, re.MULTILINE)
