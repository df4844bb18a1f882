"""Scripts in the place of those of rules that need a DUT; everything after them is real."""

from pathlib import Path

from workspace import REPOSITORY

MEASURE = '''"""Write the record that the test wants for this point."""

import json
import sys
from pathlib import Path

sys.path.insert(0, "TESTS")
from records import make_record

from middlebench.frame_mix import size_of_path
from middlebench.records.identity import rate_of
from middlebench.records.record import write

cell = snakemake.wildcards
keys = ("flows", "rate_mbit", "repetition")
numbers = {key: rate_of(getattr(cell, key)) for key in keys}
numbers["frame_size"] = size_of_path(cell.frame_size)
about = {}
if numbers["rate_mbit"] == 1000:
    about = {"verdict": "disturbed"}
told = {key: json.loads(snakemake.params[key]) for key in ("settings", "made_from")}
record = make_record(function=cell.function, **numbers, **about, **told)
write(record, Path(snakemake.output[0]))
'''.replace("TESTS", str(REPOSITORY / "tests"))
CHECK = '''"""Write a check that has passed."""

import json
from pathlib import Path

from middlebench.records.record import write

names = ("outbound_passed", "reply_translated")
item = {"passed": True, "detail": "seen", "failure_expected": False}
check = {"made_from": json.loads(snakemake.params.made_from)}
check |= {"function": snakemake.wildcards.function, "passed": True, "why": None}
check["items"] = [{"name": name, **item} for name in names]
check["software"] = {"name": "Open vSwitch", "version": "3.1.0", "dpdk": "DPDK 22.11"}
write(check, Path(snakemake.output[0]))
'''
NOTHING = '''"""Write outputs that say nothing but what they were made from."""

import json
from pathlib import Path

from middlebench.files.seal import sealed

made_from = json.loads(getattr(snakemake.params, "made_from", "{}"))
for path in snakemake.output:
    Path(path).write_text(sealed({"made_from": made_from}))
'''


def put_stand_ins(folder: Path, **others: str) -> None:
    """Write them into a copy of the workflow; `others`: text of a script by the rule's name."""
    texts = {"build_program": NOTHING, "calibrate": NOTHING}
    texts |= {"check_function": CHECK, "measure_point": MEASURE} | others
    for name, text in texts.items():
        (folder / f"workflow/scripts/{name}.py").write_text(text, encoding="utf-8")
