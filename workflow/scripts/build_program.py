"""Build one of our C programs against the installed libdpdk, with a manifest of what it is from."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

from middlebench.errors import BuildError, one_line_errors
from middlebench.files.job_inputs import many


def version(*command: str) -> str:
    """First line of what a command says, such as a version; BuildError when it is missing."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise BuildError(f"{' '.join(command)} fails: install envs/apt.txt (make setup)") from error
    return said.splitlines()[0]


def main(snakemake) -> None:
    """Run the program's own Makefile; its output is the log."""
    binary, log = Path(snakemake.output.binary), Path(snakemake.log[0])
    source = Path(many(snakemake.input.sources)[0]).parent
    built_for = json.loads(snakemake.params.built_for)
    with one_line_errors():  # the log is the compiler's
        manifest = {
            "dpdk": version("pkg-config", "--modversion", "libdpdk"),
            "compiler": version("cc", "--version"),
            "built_for": built_for or "any processor that runs this DPDK",
            "sources": {
                Path(name).name: hashlib.sha256(Path(name).read_bytes()).hexdigest()
                for name in many(snakemake.input.sources)
            },
        }
        out = os.path.relpath(binary.parent, source)  # make splits at a space
        command = ["make", "-C", str(source), f"OUT={out}", f"NAME={binary.name}"]
        command.append(f"MARCH={built_for.get('march', '')}")
        made = subprocess.run(command, capture_output=True, text=True)
        log.write_text(made.stdout + made.stderr, encoding="utf-8")
        if made.returncode:
            lines = made.stderr.strip().splitlines() or ["no message"]
            raise BuildError(f"{binary.name} does not build: {lines[0]} (all of it: {log})")
        manifest["sha256"] = hashlib.sha256(binary.read_bytes()).hexdigest()
        Path(snakemake.output.manifest).write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")


main(snakemake)
