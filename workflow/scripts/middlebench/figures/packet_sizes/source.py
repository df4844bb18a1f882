"""Which capture is counted.  Read with the rules of the workflow: nothing slow is imported."""

import re
from pathlib import Path

from middlebench.errors import ConfigError


def capture_file(pcap: str | None) -> str:
    """The path `packet_sizes.pcap` of the configuration; ConfigError when it cannot be counted."""
    if pcap is None or not Path(pcap).is_file():
        why = "null" if pcap is None else f"{pcap} is no file"
        raise ConfigError(
            f"packet_sizes.pcap: {why}, so there is no figures/packet_sizes.pdf; "
            "allowed: a capture file, pcap or pcapng, either with gzip"
        )
    if re.search(r"[{}]|<[a-z]\w*>", pcap):
        raise ConfigError(
            f"packet_sizes.pcap: {pcap}; allowed: a path without braces and <name>, which "
            "Snakemake fills"
        )
    return pcap
