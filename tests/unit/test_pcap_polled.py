"""The library that is loaded before the pcap variant of mOS, between stand-ins for both."""

import os
import subprocess
from pathlib import Path
from string import ascii_letters

import pytest

from workspace import REPOSITORY

SOURCE = REPOSITORY / "workflow/middleboxes/pcap_polled"
STANDIN = REPOSITORY / "tests/c/mos_standin.c"
COMPILE = ("cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror")
MOST = "16777216"

pytestmark = pytest.mark.skipif(
    not Path("/usr/include/pcap/pcap.h").exists(), reason="libpcap-dev is missing"
)


@pytest.fixture(scope="module")
def forward(tmp_path_factory):
    """`forward(rounds, inside, outside, polled)`: exit status and lines of mOS's stand-in."""
    folder = tmp_path_factory.mktemp("pcap")
    libpcap, program = folder / "libpcap.so", folder / "mos"
    for command in (
        (*COMPILE, "-DSTANDIN_LIBRARY", "-fPIC", "-shared", "-o", libpcap, STANDIN),
        (*COMPILE, "-o", program, STANDIN, libpcap, f"-Wl,-rpath,{folder}"),
        ("make", "-s", "-C", SOURCE, f"OUT={folder}"),
    ):
        subprocess.run(command, check=True)

    def run(rounds, inside, outside, polled=True):
        environment = {"LD_PRELOAD": str(folder / "pcap_polled")} if polled else {}
        command = [program, str(rounds), inside, outside]
        ends = {"capture_output": True, "text": True, "check": False}
        done = subprocess.run(command, env=os.environ | environment, **ends)
        return done.returncode, done.stdout.splitlines()

    return run


def out(lines):
    """What went out of (inside, outside), in order."""
    gone = [line.split()[1:] for line in lines if line.startswith("out ")]
    return tuple("".join(frame for port, frame in gone if port == str(n)) for n in (0, 1))


def test_no_port_is_waited_for(forward):
    """Without the library it waits for ever on the first port that has nothing."""
    assert forward(4, "", "x", polled=False) == (
        2,
        [*forward(0, "", "", False)[1], "waits for ever"],
    )
    status, lines = forward(4, "", "x")
    assert status == 0
    assert out(lines) == ("x", "")


@pytest.mark.parametrize(("inside", "outside"), [("abc", "xyz"), ("abcdef", "x"), ("a", "uvwxyz")])
def test_a_frame_of_one_port_does_not_take_that_of_another(forward, inside, outside):
    """mOS has one place for what it sends: each frame goes out once, of the right port."""
    _, lines = forward(20, inside, outside)
    assert out(lines) == (outside, inside)


def test_without_it_one_of_two_is_lost_and_one_goes_out_twice(forward):
    """That the stand-in has mOS's fault."""
    _, lines = forward(1, "a", "x", polled=False)
    assert out(lines) == ("x", "x")


def test_no_port_starves(forward):
    """While the inside is never empty, the outside gets every other turn."""
    _, lines = forward(20, ascii_letters, "uvwxyz")
    assert out(lines)[0] == "uvwxyz"


def test_one_port_alone_gets_every_other_round(forward):
    """What a round without a frame costs is small; more such rounds would be the DUT's loss."""
    _, lines = forward(20, ascii_letters, "")
    assert len(out(lines)[1]) == 10


def test_what_it_sets(forward):
    """On each port: promiscuous, at once, what comes in alone, a thousand frames of 2 kB."""
    _, lines = forward(0, "", "")
    of_a_port = [f"buffer_size {MOST}", "promisc 1", "immediate_mode 1", "snaplen 2048"]
    of_a_port += [f"buffer_size {1024 * 2048}", "direction 1"]
    assert lines[1:] == 2 * of_a_port


def test_threads_stay_on_the_cpu_they_were_started_on(forward):
    """mOS would go to CPU 0, which may be the generator's."""
    cpus = os.sched_getaffinity(0)
    others = cpus - {0}
    if not others:
        pytest.skip("one CPU")
    os.sched_setaffinity(0, {max(others)})
    try:
        assert forward(0, "", "")[1][0] == "stays 1"
        assert forward(0, "", "", polled=False)[1][0] == "stays 0"
    finally:
        os.sched_setaffinity(0, cpus)
