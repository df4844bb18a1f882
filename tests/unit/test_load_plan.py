"""The address plan in Python is softgen's own; tests/moongen compares MoonGen's script with it."""

import ctypes
import ipaddress
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from middlebench.load_plan import FLOWS_MAX, PORTS, Flow, plan_flow
from workspace import REPOSITORY

SOURCES = REPOSITORY / "workflow/loadgens/softgen"
PROTOCOLS = {"udp": 17, "tcp": 6}
U64, U32, U8 = ctypes.c_uint64, ctypes.c_uint32, ctypes.c_uint8


@pytest.fixture(scope="module")
def driver_frames(tmp_path_factory):
    """softgen's frames: the function of tests/c/driver.c."""
    library = tmp_path_factory.mktemp("plan") / "libdriver.so"
    parts = [SOURCES / f"{part}.c" for part in ("gate", "flows", "tcp")]
    files = [REPOSITORY / "tests/c/driver.c", *parts]
    flags = ["-std=gnu11", "-O2", "-shared", "-fPIC", f"-I{SOURCES}"]
    subprocess.run(["cc", *flags, "-o", library, *files], check=True)
    found = ctypes.CDLL(str(library)).driver_frames
    found.argtypes = [U8, U32, U32, U64, U32, U32, U32, U64, U64, ctypes.c_char_p]
    return found


def sent(driver_frames, protocol, number, seed, flows):
    """The 5-tuple of one flow of so many, from the bytes of a frame."""
    frame = ctypes.create_string_buffer(60)
    assert driver_frames(PROTOCOLS[protocol], flows, 64, seed, 7, number, 1, 0, 0, frame) == 60
    source, destination = (str(ipaddress.IPv4Address(frame.raw[at : at + 4])) for at in (26, 30))
    sport, dport = (int.from_bytes(frame.raw[at : at + 2], "big") for at in (34, 36))
    return Flow(source, sport, destination, dport)


@given(
    number=st.integers(0, 200_000) | st.sampled_from([0, PORTS - 1, PORTS, 2 * PORTS]),
    seed=st.integers(0, 2**32 - 1),
    protocol=st.sampled_from(sorted(PROTOCOLS)),
)
@settings(max_examples=50)
def test_the_plan_is_softgens(driver_frames, number, seed, protocol):
    """Addresses and ports, whatever the flow, the seed and the protocol."""
    assert plan_flow(number, seed) == sent(driver_frames, protocol, number, seed, number + 1)


def test_the_plans_last_flow_is_softgens(driver_frames):
    """16 million flows, and no more: both know the number."""
    header = (SOURCES / "flows.h").read_text(encoding="utf-8")
    assert f"#define FLOWS_MAX {FLOWS_MAX}\n" in header
    last = FLOWS_MAX - 1
    assert plan_flow(last, 1) == sent(driver_frames, "udp", last, 1, FLOWS_MAX)
    assert plan_flow(last, 1).src == "10.244.36.0"
