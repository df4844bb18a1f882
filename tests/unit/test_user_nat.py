"""NATs of rootless containers: how they are started, and what is read of them."""

import json

import pytest
from test_taps import Place

from configurations import changed, fault
from middlebench.duts.interface import Counted
from middlebench.duts.linux.namespace import KernelDut
from middlebench.duts.registry import DUTS, dut_class
from middlebench.errors import CommandError, DutError
from middlebench.functions import Makes
from workspace import REPOSITORY

NATS = ("pasta", "slirp4netns")
SETTINGS = {"snat_address": "203.0.113.7"}


class Answering(Place):
    """Says that 1000 files may be open; `fails`: what a command with it ends with."""

    def __init__(self, **fails):
        super().__init__()
        self.fails = fails

    def run(self, command, **about):
        """Notes it too."""
        for word, said in self.fails.items():
            if word in command:
                raise CommandError(said)
        found = super().run(command, **about)
        found.stdout = "1000   1000   files\n" if "/limits" in command else ""
        return found


def nat(name, place):
    """It with its file, on CPU 1."""
    program = REPOSITORY / DUTS[name].program_file("nat")
    return dut_class(name)(place, SETTINGS, "nat", program, 1)


@pytest.mark.parametrize("name", NATS)
def test_it_is_started_beside_the_ports_with_the_options_of_its_file(name):
    """Pinned, in the namespace in which the SNAT address is the outside port's own."""
    place = Answering()
    dut = nat(name, place)
    assert dut.__enter__() is dut
    _, made, started, wired, _ = place.commands
    assert "ip address add 203.0.113.7/32 dev outside" in made
    assert f"nsenter --net=/run/netns/dut taskset -c 1 {name} " in started
    assert "#" not in started
    assert 'device "stack" priority 0' in wired
    less = {"pasta": 0, "slirp4netns": 1}[name]
    assert dut.makes == Makes("203.0.113.7", ttl_less=less, new_id=True, bridges=False)
    assert dut.expected_entries(700) == 700


def test_slirp4netns_has_a_frame_before_the_load():
    """An ARP request by the kernel: the socket of the first frame's flow would not last."""
    place = Answering()
    nat("slirp4netns", place).__enter__()
    assert "ip neighbour add 192.0.2.77 dev stack nud none use" in place.commands[3]
    assert place.commands[3].index("fwd to") < place.commands[3].index("192.0.2.77")
    options = (REPOSITORY / DUTS["slirp4netns"].program_file("nat")).read_text("utf-8")
    assert "--cidr=192.0.2.0/24" in options
    other = Answering()
    nat("pasta", other).__enter__()
    assert "192.0.2.77" not in "".join(other.commands)


@pytest.mark.parametrize("name", NATS)
def test_as_many_flows_as_files_may_be_open(name):
    """Less those that it has anyway: each flow has a socket."""
    dut = nat(name, Answering())
    dut.__enter__()
    assert dut.most_flows == 840


@pytest.mark.tried("words")
@pytest.mark.parametrize("name", NATS)
def test_a_program_that_does_not_start_is_one_line(name):
    """Its own last line."""
    with pytest.raises(DutError, match=r"^nat: Invalid netns$"):
        nat(name, Answering(taskset="Invalid netns")).__enter__()


def test_what_waits_for_the_program_without_room_is_turned_away(monkeypatch):
    """The queue of its device drops it, after the port took it."""
    stats = {"rx": {"packets": 5, "dropped": 0}, "tx": {"packets": 90, "dropped": 7}}
    place = Answering()
    found = type("Said", (), {"stdout": json.dumps([{"ifname": "stack", "stats64": stats}])})
    monkeypatch.setattr(place, "run", lambda *_, **__: found)
    before = Counted(3, 3, {"inside_rx": 100, "inside_rx_drop": 2})
    monkeypatch.setattr(KernelDut, "counted", lambda _: before)
    assert nat("pasta", place).counted().frames == {"inside_rx": 100, "inside_rx_drop": 9}


@pytest.mark.tried("words")
@pytest.mark.parametrize("name", NATS)
def test_tcp_is_refused(name):
    """It ends connections itself: the load's handshake would come to nobody."""
    config = changed("figures/nat_64b/dut", name)
    config["figures"]["nat_64b"]["protocol"] = "tcp"
    line = f"figures.nat_64b.protocol: tcp; allowed: udp for nat of {name} (figures.nat_64b), as "
    assert fault(config).startswith(line)
