"""Runs of Snakemake that are forked off a process which has imported it: most of a dry run's time.

Such a run has a process, a folder, an environment and outputs of its own, as one that is started
anew.  This file is also the program of that process: it reads a line of JSON for each run, and
answers with the exit status.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

MODULES = ("jsonschema", "pandas", "smart_open", "snakemake.cli", "snakemake.report")
"""Those that take the time; nothing of the workflow's own library, which each copy has itself."""


class Forking:
    """`run` is called as subprocess.run, for `python -m snakemake` only."""

    def __init__(self, server: subprocess.Popen, folder: Path) -> None:
        self._server = server
        self._outputs = [folder / "stdout", folder / "stderr"]

    def run(
        self, command: list[str], *, cwd: Path, env: dict[str, str], timeout: float, **_: object
    ) -> subprocess.CompletedProcess:
        """Run it to its end; what it said is text."""
        python_m, arguments = command[1:3], command[3:]
        assert python_m == ["-m", "snakemake"]
        outputs = [str(path) for path in self._outputs]
        order = {"arguments": arguments, "cwd": str(cwd), "env": env, "outputs": outputs}
        self._server.stdin.write(json.dumps(order | {"limit_s": int(timeout)}) + "\n")
        self._server.stdin.flush()
        status = int(self._server.stdout.readline())
        if status == -signal.SIGALRM:
            raise subprocess.TimeoutExpired(command, timeout)
        said = [path.read_text(encoding="utf-8") for path in self._outputs]
        return subprocess.CompletedProcess(command, status, *said)


@contextmanager
def forking(folder: Path) -> Iterator[Forking]:
    """The process, while it is needed; outputs are kept in `folder`."""
    with subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        yield Forking(server, folder)
        server.stdin.close()


def become(order: dict) -> None:
    """Be the run that was ordered: never returns."""
    signal.alarm(order["limit_s"])
    for number, path in zip((0, 1, 2), (os.devnull, *order["outputs"]), strict=True):
        mode = os.O_WRONLY | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY
        os.dup2(os.open(path, mode), number)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = [find_spec("snakemake.__main__").origin, *order["arguments"]]
    sys.path[0] = order["cwd"]
    # noted when it was imported
    sys.modules["snakemake.workflow"].Workflow._rundir = order["cwd"]
    sys.modules["snakemake.cli"].main()


def serve() -> None:
    """Read orders until there are no more."""
    for name in MODULES:
        import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    serve()
