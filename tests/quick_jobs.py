"""The workflow with its own rules, and a small program in the place of every script.

So a job takes a twentieth of a second, and a whole run not much more than its plan.  Each file that
is made says from which others (`of`: path -> digest), and `faults` compares them with those that
are there.  A record says how many rounds its sweep has, as the file `rounds` said when it was
measured, and a number that is another one each time.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

from middlebench.files.seal import sealed
from middlebench.provenance.keeping import records_digest
from workspace import copy_workflow, edit_config

_SCRIPT = re.compile(r'    script:\n        "(?:\.\./)+scripts/(\w+)\.py"')
_KEPT = {"points", "plan"}
"""Folders of files without which nothing made from them may stay."""

_MEASURED = (
    *("check_function", "calibrate", "measure_point"),
    *("measure_throughput", "compare_variants"),
)
_SEALED = (*_MEASURED, "plan_points")


def quick_workflow(folder: Path, change) -> Path:
    """A copy of the workflow (made) whose jobs only write what they were made from."""
    copy_workflow(folder)
    edit_config(folder, change)
    for rules in (folder / "workflow/rules").rglob("*.smk"):
        rules.write_text(_SCRIPT.sub(_shell, rules.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


def _shell(script: re.Match) -> str:
    """The lines of a rule that call this file."""
    name = script[1]
    given = "{params.made_from:q}" if name in _SEALED else "{{}}"
    words = f"{name} {given} -- {{input:q}} -- {{output:q}}"
    library = ":".join(filter(None, sys.path))
    return f"    shell:\n        \"PYTHONPATH='{library}' {sys.executable} {__file__} {words}\""


def made(folder: Path) -> list[Path]:
    """All files that jobs made, relative to the folder."""
    found = (path for top in ("results", "figures") for path in (folder / top).rglob("*"))
    files = (path.relative_to(folder) for path in found if path.is_file())
    return sorted(file for file in files if file.suffix not in (".log", ".yaml"))


def faults(folder: Path) -> list[str]:
    """What is wrong after a run: files that were made from others than those that are there, and
    sweeps that do not have as many rounds as their first record says.

    Plans that no table was made from do not count, nor what is gone but for records and plans: a
    figure stays as it is without its tables.
    """
    of = {file: json.loads((folder / file).read_text("utf-8"))["of"] for file in made(folder)}
    used = {name for file in of if file.name == "points.csv" for name in of[file]}
    found = []
    for file, names in of.items():
        if file.parent.name == "plan" and str(file) not in used:
            continue
        for name, digest in names.items():
            there = (folder / name).exists()
            if _digest(folder / name) != digest if there else set(Path(name).parts) & _KEPT:
                found.append(f"{file} is made from another {name}")
    for first in (folder / "results").rglob("100mbit_1.json"):
        rounds = json.loads(first.read_text("utf-8"))["rounds"]
        wanted = (first.with_name(f"100mbit_{number}.json") for number in range(1, rounds + 1))
        names = (str(path.relative_to(folder)) for path in wanted)
        found += [f"{name} is not in a table" for name in names if name not in used]
    return found


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _measured() -> dict:
    run = Path("run")
    number = int(run.read_text("utf-8")) + 1 if run.exists() else 1
    run.write_text(str(number), "utf-8")
    return {"rounds": int(Path("rounds").read_text("utf-8")), "run": number}


def _planned(first: str, plan: Path) -> dict:
    """One repetition more of the first point in each round."""
    rounds = json.loads(Path(first).read_text("utf-8"))["rounds"]
    more = [re.sub(r"\d+\.json", f"{plan.stem}.json", first)] if int(plan.stem) <= rounds else []
    return {"more": more, "sweep": []}


def main(rule: str, made_from: str, *words: str) -> None:
    """Write the outputs of a job."""
    _, end = (at for at, word in enumerate(words) if word == "--")
    inputs, outputs = words[1:end], list(map(Path, words[end + 1 :]))
    content = {"made_from": json.loads(made_from), "of": {}}
    if rule == "measure_point":
        content |= _measured()
    elif rule == "plan_points":
        content |= _planned(inputs[0], outputs[0])
        content["made_from"]["records"] = records_digest(inputs)
    if rule not in _MEASURED:
        results = (path for path in inputs if path.startswith("results"))
        content["of"] = {path: _digest(Path(path)) for path in results}
    for path in outputs:
        path.write_text(sealed(content), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
