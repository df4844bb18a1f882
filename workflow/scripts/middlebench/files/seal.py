"""A seal on a JSON file of ours: the hash of its text, at its end, so that an edit is noticed.

It is no signature: who edits a file can seal it anew.  It tells a file that was written whole by
this program from one that was cut, mixed or mended by hand.  Used while Snakemake reads the rules.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from middlebench.errors import RecordError
from middlebench.files import strict_json

KEY = "seal"
"""The last key of a sealed file."""

Form = Callable[[dict[str, Any]], str | None]
"""What is wrong with the content of a file; None: nothing."""

_MARK = f',\n "{KEY}": "'.encode()
_END = b'"\n}\n'


def sealed(content: dict[str, Any]) -> str:
    """The text of a file with `content`, which has no seal, and its seal.  ValueError for NaN."""
    text = json.dumps(content, indent=1, allow_nan=False)
    body = text.removesuffix("\n}")
    return f"{body}{_MARK.decode()}{_digest(body.encode())}{_END.decode()}"


def seal_of(text: bytes) -> str:
    """The seal of a file's text; RecordError when there is none, or the text is another's."""
    body, mark, seal = text.removesuffix(_END).rpartition(_MARK)
    if not mark or not text.endswith(_END):
        raise RecordError("has no seal: it is not whole, or not written by this program")
    if seal.decode("ascii", "replace") != _digest(body):
        raise RecordError("was changed after it was written (its seal does not fit)")
    return seal.decode()


def read(path: str | Path, what: str, again: str, form: Form = lambda _: None) -> dict[str, Any]:
    """The content of a sealed file, without its seal.

    `what` is to be in it, such as "a plan"; `again` says what happens when it is deleted, such as
    "to plan again"; `form` says what is wrong with its keys, or None.  RecordError with one line
    for any other file, also for one that cannot be read.
    """
    try:
        text = Path(path).read_bytes()
        content = strict_json.parse(text)
        reason = form(content) if isinstance(content, dict) else "holds no JSON object"
        if reason is None:
            seal_of(text)
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    except ValueError as error:
        reason = f"truncated or not JSON ({error})"
    except RecordError as error:
        reason = str(error)
    if reason:
        raise RecordError(f"{path}: {reason}; allowed: {what}; delete the file {again}")
    del content[KEY]
    return content


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
