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

import sys
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


@contextmanager
def one_line_errors(log: str | Path | None = None) -> Iterator[None]:
    """End the process with status 1 and one line on stderr when the block raises MiddlebenchError.

    The line also goes to the file `log`, a job's.
    """
    try:
        yield
    except MiddlebenchError as error:
        line = f"middlebench: {' '.join(str(error).split())}"
        if log:
            Path(log).write_text(line + "\n", encoding="utf-8")
        print(line, file=sys.stderr)
        sys.exit(1)
