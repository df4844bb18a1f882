"""What a job's log says however the job ends."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from middlebench.errors import DutError, one_line_errors


def ended(raised, log):
    """The exit status of a block that raises."""
    with pytest.raises(SystemExit) as caught, one_line_errors(log):
        raise raised
    return caught.value.code


@pytest.mark.tried("words")
def test_a_killed_job_leaves_a_line_in_its_log(tmp_path):
    """SIGKILL lets it say nothing: the line was there before."""
    code = (
        "import os, sys; from middlebench.errors import one_line_errors\n"
        "with one_line_errors(sys.argv[1]): os.kill(os.getpid(), 9)"
    )
    log = tmp_path / "log"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, log], env=environment, check=False)
    assert log.read_text("utf-8").startswith("middlebench: this job was killed before it could say")


def test_a_job_that_has_nothing_to_say_leaves_no_log(tmp_path):
    """Nor does one with a bug, which Python tells."""
    log = tmp_path / "log"
    with one_line_errors(log):
        pass
    with pytest.raises(ZeroDivisionError), one_line_errors(log):
        raise ZeroDivisionError
    assert not log.exists()


def test_what_a_job_says_stays_in_its_log(tmp_path):
    """The words of one that succeeds, the reason of one that fails or is told to end."""
    log = tmp_path / "log"
    with one_line_errors(log):
        log.write_text("all is well\n", encoding="utf-8")
    assert log.read_text(encoding="utf-8") == "all is well\n"
    assert ended(DutError("no\nanswer"), log) == 1
    assert log.read_text(encoding="utf-8") == "middlebench: no answer\n"
    assert ended(SystemExit(143), log) == 143
    assert "told to end (status 143)" in log.read_text(encoding="utf-8")


@pytest.mark.tried("words")
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_a_file_that_cannot_be_written_is_one_line(number, capsys):
    """The system's words and the file, also where a library hides the cause."""
    cause = OSError(number, os.strerror(number), "results/a.json")
    hidden = AttributeError("no attribute 'pos'")
    hidden.__context__ = cause
    for error in (cause, hidden):
        assert ended(error, None) == 1
        said = capsys.readouterr().err
        assert said == f"middlebench: results/a.json: {os.strerror(number)}\n"


def test_other_errors_of_files_stay_bugs():
    """A file that should be there, for example."""
    with pytest.raises(FileNotFoundError), one_line_errors():
        Path("/no/such/file").read_bytes()
