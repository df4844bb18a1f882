"""The hash of a facts file, for records: apart from what writes such a file (`inventory`)."""

import json
from pathlib import Path

from middlebench.errors import RecordError
from middlebench.files.canonical import json_digest


def facts_hash(path: str | Path) -> str:
    """SHA-256 of the facts in a facts file; RecordError when it is none."""
    allowed = "a facts file; delete it to prepare the host again"
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))["facts"]
    except OSError as error:
        raise RecordError(
            f"{path}: cannot be read ({error.strerror}); allowed: {allowed}"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path}: no facts in it; allowed: {allowed}") from error
    return json_digest(found)
