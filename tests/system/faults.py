"""Faults planted in softgen's sources, to show that the cross-checks can fail.

One build holds them all; the environment variable FAULT chooses the one that acts.
"""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from workspace import REPOSITORY

SOURCE = REPOSITORY / "workflow/loadgens/softgen"


class Plant(NamedTuple):
    """Where `place` stands, once in all sources, its `right` expression (@) becomes `wrong`."""

    place: str
    right: str
    wrong: str


FAULTS = {
    "one_more_sent": [Plant("sent_total += @;", "sent", "sent + (load->sent_total == 0)")],
    "one_more_received": [
        Plant(
            "@;",
            "load->received_total++",
            "(load->received_total += 1 + (load->received_total == 0))",
        ),
    ],
    "one_more_sent_a_slice": [
        Plant("counters[SENT] += @;", "sent", "sent + (tally->counters[SENT] == 0)")
    ],
    "wrong_ip_checksum": [Plant("sizeof(frame->ip)) + @);", "addresses", "addresses + 1")],
    "wrong_udp_checksum": [Plant("(uint16_t)~@;", "sum", "(sum + 1)")],
    "wrong_tcp_checksum": [Plant("(uint64_t)flow->sum + @);", "sequence", "sequence + 1")],
    "frame_a_byte_longer": [Plant("#define FCS_LENGTH @", "4", "3")],
    "mix_in_another_order": [Plant("frame_size[@ % sizes", "sequence", "(sequence + 1)")],
    "sequence_with_a_hole": [
        Plant("load->sequence += @;", "sent", "sent + (load->sequence == 20)")
    ],
    "clock_10_percent_fast": [Plant("tsc0) * @ / (double)(monotonic", "1e9", "1.1e9")],
    "no_answer": [Plant("answers_sent += @;", "packet_send(RX_PORT, answer)", "0")],
    "data_beyond_the_window": [Plant("tcp_header(frame, CLIENT_ISN + @, SERVER", "1", "200000")],
    "answer_acknowledges_nothing": [Plant("SERVER_ISN, CLIENT_ISN + @, TCP_SYN", "1", "0")],
    "answer_to_a_wrong_port": [
        Plant("memcpy(answer->tcp + 2, @, 2);", "syn->tcp", "(syn->tcp + 2)")
    ],
    "two_flows_share_a_5_tuple": [
        Plant("htonl(0x0a000001u + @);", "f", "f - (f == 1)"),
        Plant("(uint64_t)factor * @", "(f % PORTS)", "((f - (f == 1)) % PORTS)"),
    ],
}

PLANTED = """
#include <stdlib.h>
#include <string.h>
static inline int planted(const char *name)
{
	const char *fault = getenv("FAULT");

	return fault != NULL && strcmp(fault, name) == 0;
}
"""


def build_faulty(folder: Path) -> Path:
    """softgen with all of FAULTS, built by its own Makefile in `folder`, which is made."""
    shutil.copytree(SOURCE, folder)
    sources = {path: path.read_text(encoding="utf-8") for path in folder.glob("*.[ch]")}
    for fault, plants in FAULTS.items():
        for place, right, wrong in plants:
            text = place.replace("@", right)
            places = [path for path in sources for _ in range(sources[path].count(text))]
            assert len(places) == 1, f"{fault}: {text!r} stands {len(places)} times in the sources"
            chosen = f'(planted("{fault}") ? {wrong} : {right})'
            path = places[0]
            sources[path] = sources[path].replace(text, place.replace("@", chosen))
    for path, text in sources.items():
        path.write_text(text, encoding="utf-8")
    (folder / "planted.h").write_text(PLANTED, encoding="utf-8")
    flags = "CFLAGS=-O3 -include planted.h"
    subprocess.run(["make", "-s", "-C", folder, f"OUT={folder}", flags], check=True)
    return folder / "softgen"
