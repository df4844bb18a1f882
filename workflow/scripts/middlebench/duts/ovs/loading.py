"""How a switch gets its rules, and which line of them it refuses, in its own words."""

import re
from pathlib import Path
from string import Template

from middlebench.duts.ovs.rule_file import FLOW, GROUP, METER, Line, alone
from middlebench.duts.supplied import PORTS
from middlebench.errors import CommandError, DutError
from middlebench.testbeds.place import Place

LOOK_S = 600
"""Longest time [s] for finding a line that no message names: of 100000, 17 loads of 2 s."""

FILES = {kind: f"rules.{kind}" for kind in (FLOW, GROUP, METER)}

# Two ports that hold names and numbers of the real ones, so that rules may name them.
PLACEHOLDERS = " ".join(
    f"-- add-port br0 {name} -- set interface {name} type=patch options:peer=no-{name} "
    f"ofport_request={number}"
    for number, name in enumerate(PORTS, start=1)
)

# Shell functions, for the folder of FILES.  A bundle is all or nothing, and quicker; but there are
# actions that only older versions of OpenFlow take without a match that goes with them.
GIVE = """
give_flows() {
  ovs-ofctl --bundle add-flows br0 "$1" 2> rules.refused || {
    grep -q 'usable flow formats' rules.refused && ovs-ofctl add-flows br0 "$1" 2> rules.refused
  }
}
give_groups() { ovs-ofctl -O OpenFlow14 add-groups br0 "$1" 2> rules.refused; }
give_rules() {
  while read -r number meter; do
    echo "$number" > rules.at
    ovs-ofctl -O OpenFlow13 add-meter br0 "$meter" 2> rules.refused || return 1
  done < rules.meter
  rm -f rules.at
  { test ! -s rules.group || give_groups rules.group; } && give_flows rules.flow && rm rules.refused
}
"""

ANEW = Template(
    """
ovs-ofctl del-flows br0; ovs-ofctl -O OpenFlow14 del-groups br0
head -n $count rules.$kind > rules.part
test $kind = group || test ! -s rules.group || give_groups rules.group
if give_${kind}s rules.part; then echo taken; fi
"""
)


def files_of(lines: list[Line]) -> dict[str, str]:
    """What GIVE reads: name -> text; a line has the number that it has in the user's file."""
    meters = "".join(f"{line.number} {_bare(line)}\n" for line in lines if line.kind == METER)
    return {
        FILES[FLOW]: alone(lines, FLOW),
        FILES[GROUP]: alone(lines, GROUP),
        FILES[METER]: meters,
    }


def refusal(place: Place, environment: str, lines: list[Line], path: Path) -> DutError | None:
    """What a switch said about the rules that it did not take; None when it took them.

    `environment` is put before a command, so that it finds the switch.
    """
    begin = f"{environment}export OVS_RUNDIR={place.folder}; cd {place.folder}; "
    told = "if test -e rules.refused; then cat rules.at 2> /dev/null || echo; cat rules.refused; fi"
    at, *said = place.run(begin + told).stdout.splitlines() or [None]
    if at is None:
        return None
    words = _words(said)
    if named := re.match(r"rules\.\w+:(\d+): (.*)", words):
        return DutError(f"{path}:{named[1]}: {named[2]}")
    number = int(at) if at else _first_refused(place, begin, lines)
    text = next((line.text for line in lines if line.number == number), "")
    return DutError(f"{path}:{number}: {words}: {text[:80]}")


def _words(said: list[str]) -> str:
    """The line of a place in a file if there is one, else a code of the protocol, else the last."""
    plain = [line.removeprefix("ovs-ofctl: ") for line in said if line.startswith("ovs-ofctl: ")]
    placed = [line for line in plain if line.startswith("rules.")]
    codes = [code for line in said for code in re.findall(r"\bOFP[A-Z]+_[A-Z_]+", line)]
    refused = [code for code in codes if not code.startswith(("OFPT_", "OFPBFC_"))]
    return [*placed, *refused, *plain, *reversed(said), "refused without a word"][0]


def _first_refused(place: Place, begin: str, lines: list[Line]) -> int:
    """The number of the line with which the rules before it are refused, found by halving."""
    for kind in (GROUP, FLOW):
        numbers = [line.number for line in lines if line.kind == kind]
        if not numbers or _taken(place, begin, kind, numbers[-1]):
            continue
        low, high = -1, len(numbers) - 1
        while high - low > 1:
            middle = (low + high) // 2
            if _taken(place, begin, kind, numbers[middle]):
                low = middle
            else:
                high = middle
        return numbers[high]
    return 0


def _taken(place: Place, begin: str, kind: str, count: int) -> bool:
    """Does the switch, emptied, take the first lines of one kind?"""
    tried = f"{begin}{GIVE}{ANEW.substitute(count=count, kind=kind)}"
    try:
        return place.run(tried, limit_s=LOOK_S).stdout.strip() == "taken"
    except CommandError:
        return False


def _bare(line: Line) -> str:
    return re.sub(r"^add\s+", "", line.text)
