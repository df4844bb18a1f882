"""Texts that users write: one reader for everything that takes one."""

import codecs
from pathlib import Path

from middlebench.errors import ConfigError

_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",  # begins as UTF-16's does
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


def read_text(path: str | Path) -> str:
    r"""A file of UTF-8, without its byte order mark; lines end with `\n`, however they did.

    ConfigError in one line when it cannot be read, or is in another encoding.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), None)
    if encoding or b"\0" in data:
        raise ConfigError(f"{path}: is {encoding or 'no text'}; allowed: text in UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path}:{line}: a letter in another encoding; allowed: text in UTF-8"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
