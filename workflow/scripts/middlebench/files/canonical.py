"""The text and the digest of settings: the same for the same values, wherever they are made.

Used while Snakemake reads the rules: nothing slow is imported.
"""

import hashlib
import json
from typing import Any


def json_text(value: Any) -> str:
    """Settings as one text, whatever the order of their keys."""
    return json.dumps(value, sort_keys=True)


def text_digest(text: str) -> str:
    """SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def json_digest(value: Any) -> str:
    """SHA-256 of settings."""
    return text_digest(json_text(value))
