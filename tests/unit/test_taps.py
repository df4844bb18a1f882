"""TAP ports: what softgen is told, and what it takes."""

import pytest

from middlebench.duts.linux.bridge import Bridge
from middlebench.duts.linux.namespace import NETNS, KernelDut
from middlebench.loadgens.softgen import Softgen
from workspace import REPOSITORY


class Place:
    """Notes what is run; every file is where it is here."""

    folder = "/run/middlebench"

    def __init__(self):
        self.commands = []

    def path(self, file):
        """As it is."""
        return str(file)

    def run(self, command, **_):
        """Nothing is said."""
        self.commands.append(command)
        return type("Result", (), {"stdout": ""})


def test_softgen_is_told_the_names_of_a_duts_ports_and_their_namespace():
    """And no device of DPDK."""
    place = Place()
    dut = KernelDut(place, {}, "forward", REPOSITORY, 1)
    devices, attach = dut.attachment
    assert attach == ":"
    Softgen(place, REPOSITORY / "softgen", 0, devices).exchange([(0, b"\1\2")])
    command = next(line for line in place.commands if "--exchange" in line)
    assert f"--taps inside,outside --netns {NETNS} " in command
    assert "--vdev" not in command
    assert " -a " not in command


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("inside,outside", True),
        ("a,b", True),
        ("inside", False),
        (",outside", False),
        ("inside,", False),
        ("a,b,c", False),
        ("sixteen_letters_,b", False),
        ("a,sixteen_letters_", False),
    ],
)
def test_it_takes_two_names_of_devices(softgen, capfd, text, taken):
    """A name has up to 15 letters."""
    assert (softgen.driver_option(b"--taps", text.encode()) == 0) == taken
    said = capfd.readouterr().err
    assert taken or said == (
        f"softgen: --taps: {text}; allowed: the names of two devices, inside,outside\n"
    )


def test_the_ports_are_made_after_the_mask_and_with_their_addresses():
    """The kernel looks at the mask when a device is made."""
    place = Place()
    with KernelDut(place, {}, "forward", REPOSITORY, 1):
        pass
    script = place.commands[-1]
    mask = script.index("echo 2 > /proc/sys/net/core/rps_default_mask")
    assert mask < script.index("ip tuntap add inside") < script.index("ip tuntap add outside")
    assert "ip link set inside address 02:00:00:00:00:02" in script
    assert not {*KernelDut.macs.values()} & {*Bridge.macs.values()}
