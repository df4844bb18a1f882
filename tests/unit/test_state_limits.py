"""Which limit of a DUT is the cause where flows have no connection: a table of cases."""

import pytest

from middlebench.duts.interface import Counted
from middlebench.duts.linux.namespace import tracking_words
from middlebench.functions import PORTS, Makes
from middlebench.measuring.state_limits import state_fault

SNAT = "200.200.200.200"
POOL = "200.200.200.200-200.200.200.203"
FORWARDS = Makes()
FAILED = "insert_failed of the kernel: 5488"


def counted(found, **about):
    """So many entries at the end."""
    return Counted(found, found, {}, **about)


CASES = {
    "all there": ((counted(70_000), None, Makes(POOL), 70_000, 70_000, 70_000), None),
    "one address": (
        (counted(PORTS), None, Makes(SNAT), 70_000, PORTS, 70_000),
        f"state limit: port exhaustion: {SNAT} has 64512 ports towards one host, 70000 flows go "
        "there",
    ),
    "and the kernel counts it": (
        (counted(PORTS, no_port=FAILED), None, Makes(SNAT), 70_000, PORTS, 70_000),
        f"state limit: port exhaustion: {SNAT} has 64512 ports towards one host, 70000 flows go "
        f"there ({FAILED})",
    ),
    "let out untranslated": (
        (counted(PORTS), None, Makes(SNAT), 200_000, 200_000, 200_000),
        f"state limit: port exhaustion: {SNAT} has 64512 ports towards one host, 200000 flows go "
        "there",
    ),
    "a pool": (
        (counted(4 * PORTS), None, Makes(POOL), 300_000, 4 * PORTS, 300_000),
        f"state limit: port exhaustion: {POOL} has 258048 ports towards one host, 300000 flows go "
        "there",
    ),
    "rules with fewer ports": (
        (counted(1000, no_port=FAILED), None, Makes(SNAT), 2000, 1000, 2000),
        f"state limit: port exhaustion: 1000 of 2000 flows have no connection ({FAILED})",
    ),
    "no port at first, later one": (
        (counted(2000, no_port=FAILED), None, Makes(SNAT), 2000, 2000, 2000),
        None,
    ),
    "lost for another reason": ((counted(90), None, Makes(SNAT), 100, 90, 100), None),
    "many hosts": ((counted(69_000), None, Makes(SNAT), 70_000, 69_000, PORTS), None),
    "no NAT": ((counted(PORTS), None, FORWARDS, 70_000, 70_000, 70_000), None),
    "no room": (
        (counted(60, forgotten="early_drop of the kernel: 7"), 64, FORWARDS, 100, 100, 100),
        "state limit: the DUT tracks 64 connections at most, 100 flows are more (early_drop of the "
        "kernel: 7)",
    ),
    "it does not answer": (
        (Counted(None, None, {}, fault="no answer"), None, Makes(SNAT), 70_000, 70_000, 70_000),
        "no answer",
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.tried("lies")
def test_a_limit_of_the_state_is_named(case):
    """Only where flows have no connection, and with what the DUT says of it."""
    arguments, fault = CASES[case]
    assert state_fault(*arguments) == fault


HEAD = (
    "entries  clashres found new invalid ignore delete chainlength insert insert_failed drop "
    "early_drop icmp_error  expect_new expect_create expect_delete search_restart\n"
)
ROW = "0000fc00 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 {} {} {}"


def test_the_kernel_says_what_it_had_no_port_and_no_room_for():
    """In hexadecimal digits, a line a CPU; nothing where there is no such file."""
    none = ROW.format("00000000", "00000000", "00000000 " + 5 * "00000000 ")
    some = ROW.format("00001570", "00001570", "0000000a " + 5 * "00000000 ")
    assert tracking_words(HEAD + none + "\n" + some + "\n" + some + "\n") == {
        "no_port": "insert_failed of the kernel: 10976",
        "forgotten": "early_drop of the kernel: 20",
    }
    assert tracking_words(HEAD + none + "\n") == {}
    assert tracking_words("") == {}
