"""Options of Open vSwitch's daemon: how they are written, and names that it does not know."""

import subprocess

import pytest

from middlebench.duts.ovs import other_config

SETTINGS = {"other_config": {"smc-enable": True, "emc-insert-inv-prob": 0, "max-idle": "1 0"}}


def test_each_option_is_a_word_of_the_shell_in_order():
    """Booleans as the daemon reads them, texts with their spaces."""
    words = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {other_config.columns(SETTINGS)}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert words == [
        'other_config:emc-insert-inv-prob="0"',
        'other_config:max-idle="1 0"',
        'other_config:smc-enable="true"',
    ]
    said = "emc-insert-inv-prob=0, max-idle=1 0, smc-enable=true"
    assert other_config.fact(SETTINGS) == {"other_config": said}


def test_without_options_nothing_is_another():
    """What is started, and what is said of it."""
    assert other_config.columns({}) == ""
    assert other_config.check({}, "/usr/sbin/ovs-vswitchd") == ""
    assert other_config.fact({"other_config": {}}) == {}


@pytest.mark.tried("lies")
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("emc-insert-inv-prob", 0),
        ("of-a-library", 0),
        ("inv-prob", 0),
        ("emc-insert", 1),
        ("emc-insert-prob", 1),
    ],
)
def test_a_name_that_the_daemon_has_not_is_said(tmp_path, name, status):
    """Its program is asked, and its libraries; the end of a longer name may be a name too."""
    daemon = tmp_path / "sbin/ovs-vswitchd"
    library = tmp_path / "lib/libopenvswitch.so.1"
    for path, text in ((daemon, b"\0emc-insert-inv-prob\0"), (library, b"\xff\0of-a-library\0")):
        path.parent.mkdir()
        path.write_bytes(b"\x7fELF" + text)
    checked = other_config.check({"other_config": {name: 0}}, str(daemon))
    run = subprocess.run(
        ["sh", "-euc", f"{checked}\necho set"], capture_output=True, text=True, check=False
    )
    said = f"other_config.{name}: this Open vSwitch knows no such name\n"
    assert (run.returncode, run.stdout, run.stderr) == (
        (1, "", said) if status else (0, "set\n", "")
    )
