"""A seal on a JSON file of ours: the hash of its text, at its end, so that an edit is noticed.

It is no signature: who edits a file can seal it anew.  It tells a file that was written whole by
this program from one that was cut, mixed or mended by hand.  Used while Snakemake reads the rules.
"""

import hashlib
import json
from typing import Any

from middlebench.errors import RecordError

KEY = "seal"
"""The last key of a sealed file."""

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


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
