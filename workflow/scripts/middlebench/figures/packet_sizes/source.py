"""Which capture is counted.  Read with the rules of the workflow: nothing slow is imported."""

import os
import re
from pathlib import Path

from middlebench.errors import ConfigError
from middlebench.files.filled import check_not_filled

_OWN_PIPE = re.compile(r"/dev/fd/(\d+)|/proc/self/fd/(\d+)")


def found_by_jobs(pcap: str | None) -> str | None:
    """The same capture by a name that jobs find: the shell's `<(...)` names it for this process."""
    own = _OWN_PIPE.fullmatch(pcap or "")
    return f"/proc/{os.getpid()}/fd/{own[1] or own[2]}" if own else pcap


def capture_file(pcap: str | None) -> str:
    """The path `packet_sizes.pcap` of the configuration; ConfigError when it cannot be counted."""
    if pcap is None or not (Path(pcap).is_file() or Path(pcap).is_fifo()):
        why = "null" if pcap is None else f"{pcap} is no file"
        raise ConfigError(
            f"packet_sizes.pcap: {why}, so there is no figures/packet_sizes.pdf; "
            "allowed: a capture file or a pipe, pcap or pcapng, also with gzip or zstd"
        )
    check_not_filled("packet_sizes.pcap", pcap)
    return pcap
