"""softgen's parts that know nothing of DPDK, in a shared library made from the same sources."""

import ctypes
import subprocess
from pathlib import Path

from middlebench.functions import PORTS
from workspace import REPOSITORY

SOURCES = REPOSITORY / "workflow/loadgens/softgen"
PARTS = (
    "gate",
    "watch",
    "witness",
    "frame",
    "sizes",
    "flows",
    "tcp",
    "verify",
    "fault_words",
    "options",
)
PROTOCOLS = {"udp": 17, "tcp": 6}
U64, U32, U8, INT = ctypes.c_uint64, ctypes.c_uint32, ctypes.c_uint8, ctypes.c_int
HANDLE, BYTES = ctypes.c_void_p, ctypes.c_char_p

FUNCTIONS = {
    "driver_long": (None, [HANDLE, U64, U32]),
    "driver_steps": (None, [HANDLE, U32]),
    "driver_arrive": (None, [HANDLE, U64]),
    "driver_step": (None, [HANDLE, U32, ctypes.POINTER(U64)]),
    "driver_own_time": (U64, [U64, ctypes.POINTER(U64), U32]),
    "driver_make": (HANDLE, [U64, U32, U32, U32, U32, U32, INT]),
    "driver_free": (None, [HANDLE]),
    "gate_start": (None, [HANDLE, U64]),
    "gate_mark": (None, [HANDLE, INT, U64, U64]),
    "gate_settle": (None, [HANDLE, ctypes.c_bool, U64, U64]),
    "gate_close": (None, [HANDLE, U32]),
    "driver_receive": (INT, [HANDLE, U64, U64, U64]),
    "driver_advance": (INT, [HANDLE, U64, U64, INT]),
    "driver_received": (U64, [HANDLE, INT]),
    "driver_latency_sum": (U64, [HANDLE, INT]),
    "driver_due_sum": (U64, [HANDLE, INT]),
    "driver_bucket_count": (U64, [HANDLE, INT, U32]),
    "driver_gated_slices": (INT, [HANDLE]),
    "driver_clean": (INT, [HANDLE]),
    "driver_counters": (U32, []),
    "driver_counter": (BYTES, [U32]),
    "driver_bucket": (U32, [U64]),
    "driver_lower": (U64, [U32]),
    "driver_watch": (HANDLE, [U64, U32, U64, U64, U64, U64]),
    "driver_watch_free": (None, [HANDLE]),
    "driver_turn": (None, [HANDLE, U64, INT, INT]),
    "driver_hear": (None, [HANDLE, U64]),
    "driver_load_end": (None, [HANDLE, U64]),
    "driver_watch_end": (None, [HANDLE]),
    "driver_marks": (None, [HANDLE, ctypes.POINTER(U64)]),
    "driver_causes": (INT, [HANDLE, U32]),
    "driver_sizes": (INT, [BYTES, ctypes.POINTER(ctypes.c_uint16)]),
    "driver_frames": (INT, [U8, U32, U32, BYTES, U64, U32, U32, U32, U64, U64, BYTES]),
    "driver_handshake": (INT, [U32, U32, U64, BYTES]),
    "driver_answer": (None, [BYTES, BYTES]),
    "driver_is": (INT, [BYTES, U32, U8]),
    "driver_check": (HANDLE, [U8, U32, U32, BYTES, U64, U32, U32, U32, U8, INT, INT, INT]),
    "driver_check_free": (None, [HANDLE]),
    "driver_check_frame": (None, [HANDLE, BYTES, U64, U64, U32]),
    "driver_check_sample": (INT, [HANDLE, BYTES, U64, U64, U32]),
    "driver_check_stray": (INT, [HANDLE, BYTES, U32, U64, U64]),
    "driver_compared": (U64, [HANDLE]),
    "driver_wrong": (U64, [HANDLE]),
    "driver_words": (BYTES, [HANDLE]),
    "driver_option": (INT, [BYTES, BYTES]),
    "driver_witness": (HANDLE, [U64, U32, U32, U32, INT]),
    "driver_witness_free": (None, [HANDLE]),
    "driver_look": (None, [HANDLE, INT, U64, U32, U32, U32, U64, U64, ctypes.c_char]),
    "witness_state": (U8, [HANDLE, U64, U64]),
    "witness_fault": (INT, [HANDLE, U64, U64]),
    "driver_state_name": (BYTES, [INT]),
    "driver_fault_name": (BYTES, [INT]),
    "driver_states": (HANDLE, [U64, U32, U32, U32, U32, ctypes.POINTER(U8)]),
    "driver_of_state": (None, [HANDLE, INT, ctypes.POINTER(U64)]),
    "driver_watch_by": (None, [HANDLE, HANDLE]),
    "driver_settle": (None, [HANDLE, U64]),
    "driver_faults": (None, [HANDLE, ctypes.POINTER(U64)]),
}
"""Result and arguments of the functions of tests/c, and of some that they stand before."""


def load_softgen(folder: Path) -> ctypes.CDLL:
    """The library, built in `folder` with the warnings of the real build."""
    library = folder / "libdriver.so"
    flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    drivers = (REPOSITORY / "tests/c").glob("*driver.c")
    files = [*drivers, *(SOURCES / f"{part}.c" for part in PARTS)]
    subprocess.run(["cc", *flags, f"-I{SOURCES}", "-o", library, *files], check=True)
    loaded = ctypes.CDLL(str(library))
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    return loaded


def frames(
    softgen,
    flows,
    size=64,
    seed=1,
    run_id=7,
    first=0,
    count=None,
    sequence=0,
    stamp=0,
    protocol="udp",
    a_destination=PORTS,
):
    """The first 60 bytes of some flows' frames; `size` as --frame-size has it."""
    count = flows if count is None else count
    buffer = ctypes.create_string_buffer(60 * count)
    arguments = (
        PROTOCOLS[protocol],
        flows,
        a_destination,
        str(size).encode(),
        seed,
        run_id,
        first,
        count,
        sequence,
        stamp,
        buffer,
    )
    assert softgen.driver_frames(*arguments) == 60
    data = buffer.raw  # a copy: once
    return [data[60 * number : 60 * number + 60] for number in range(count)]
