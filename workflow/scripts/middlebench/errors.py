"""The exceptions that end a run with one line for the user.

MiddlebenchError
├── ConfigError        the configuration says something that cannot be measured
├── HostError          a host cannot be reached or used, or its connection was lost
│   └── TimeLimitError a command was not done within its time
├── CommandError       a command failed, with its last line
│   └── SandboxError   in a sandbox; or the machine does not allow the sandbox, or it died
├── DutError           the device under test did not start or stopped answering
├── GeneratorError     the load generator failed
├── BuildError         a program cannot be built
├── RecordError        a point record is missing, truncated or of another form
└── ReportError        the report cannot be made
"""

import contextlib
import errno
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class MiddlebenchError(Exception):
    """A fault that the user can mend: its text is one line that says what, where and what to do."""


class ConfigError(MiddlebenchError):
    """The configuration is not one that can be measured."""


class HostError(MiddlebenchError):
    """A host cannot be reached or used, or the connection to it was lost."""


class TimeLimitError(HostError):
    """A command on a host took longer than it may."""


class CommandError(MiddlebenchError):
    """A command in a sandbox or in a run's folder failed."""


class SandboxError(CommandError):
    """The sandbox cannot be made on this machine, or it ended too early."""


class DutError(MiddlebenchError):
    """The device under test failed."""


class GeneratorError(MiddlebenchError):
    """The load generator failed."""


class BuildError(MiddlebenchError):
    """A program cannot be built."""


class RecordError(MiddlebenchError):
    """A record cannot be read."""


class ReportError(MiddlebenchError):
    """The report cannot be made."""


KILLED = "middlebench: this job was killed before it could say why (out of memory? see dmesg)\n"
"""What a job's log says until the job says something else."""

SURROUNDINGS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)
"""Errors of files that are no fault of this program."""

FULL_BELOW_B = 1 << 16
"""Free bytes below which a file system is full for us; the longest record takes a quarter of it."""


@contextmanager
def one_line_errors(log: str | Path | None = None) -> Iterator[None]:
    """End the process with status 1 and one line on stderr when the block raises MiddlebenchError.

    So it does with what an OSError of SURROUNDINGS caused.  The line also goes to `log`, a job's.
    """
    _note(log, KILLED)
    try:
        yield
    except Exception as error:
        said = str(error) if isinstance(error, MiddlebenchError) else _of_a_file(error)
        if said is None:
            raise
        line = f"middlebench: {' '.join(said.split())}"
        _note(log, f"{line}\n")
        print(line, file=sys.stderr)
        sys.exit(1)
    except SystemExit as ended:
        _note(log, f"middlebench: this job was told to end (status {ended.code})\n")
        raise
    finally:
        _forget(log)


def _of_a_file(error: BaseException | None) -> str | None:
    """Which file, or what is full where the error names none: writing does not.

    None when no OSError of SURROUNDINGS is behind it.
    """
    while error and not (isinstance(error, OSError) and error.errno in SURROUNDINGS):
        error = error.__cause__ or error.__context__  # as a library's way of cleaning up hides it
    if error is None:
        return None
    places = (Path("results"), Path("figures"), Path(tempfile.gettempdir()))
    full = [str(place) for place in places if place.exists() and _free_b(place) < FULL_BELOW_B]
    return f"{error.filename or ' and '.join(full) or Path.cwd()}: {error.strerror}"


def _free_b(place: Path) -> int:
    return shutil.disk_usage(place).free


def _note(log: str | Path | None, text: str) -> None:
    if log:
        with contextlib.suppress(OSError):
            Path(log).write_text(text, encoding="utf-8")


def _forget(log: str | Path | None) -> None:
    """Remove what says that the job was killed."""
    if log:
        with contextlib.suppress(OSError):
            # a file: as root, a device would be gone too
            if Path(log).is_file() and Path(log).read_bytes() in (KILLED.encode(), b""):
                Path(log).unlink()
