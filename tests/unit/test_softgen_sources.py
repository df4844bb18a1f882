"""softgen's sources: who includes whom."""

import re

from softgen_library import PARTS, SOURCES

INCLUDE = re.compile(r'^#include "(\w+)\.h"$', re.MULTILINE)


def includes():
    """Part (a .c with its .h) -> what it includes of softgen."""
    return {
        part: {
            used
            for path in SOURCES.glob(f"{part}.[ch]")
            for used in INCLUDE.findall(path.read_text(encoding="utf-8"))
            if used != part
        }
        for part in PARTS
    }


def test_no_part_includes_one_that_includes_it():
    """Each can be read, and loaded by a test, without those above it."""
    uses = includes()
    assert "flows" in uses["tcp"]
    while free := [part for part, used in uses.items() if not used & uses.keys()]:
        uses = {part: used for part, used in uses.items() if part not in free}
    assert not uses
