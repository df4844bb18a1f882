"""JSON schemas that the settings of more than one device under test share."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

SNAT_ADDRESS: Schema = {
    "type": "string",
    "format": "ipv4",
    "description": "IPv4 address outside of 10.0.0.0/8 and 198.18.0.0/15",
}

POOL: Mapping[str, Schema] = {
    "snat_addresses": {
        "type": ["string", "null"],
        "description": "first and last IPv4 address in place of snat_address; null for that one",
    }
}


def whole(least: int, most: int, meaning: str) -> Schema:
    """Schema of a whole number."""
    return {"type": "integer", "minimum": least, "maximum": most, "description": meaning}


BACKEND: Schema = {"enum": ["nft", "legacy"], "description": "what does it in the kernel"}

SET_BY_US = "dpdk-init dpdk-extra per-port-memory pmd-cpu-mask dpdk-lcore-mask pmd-perf-metrics"
"""What a measurement sets of the daemon's options itself."""

OTHER_CONFIG: Schema = {
    "type": "object",
    "description": "options of the daemon, as ovs-vswitchd.conf.db(5) has them in other_config",
    "additionalProperties": {
        "type": ["string", "number", "boolean"],
        "description": "value of an option of the daemon",
    },
    "propertyNames": {
        "pattern": rf"^(?!({SET_BY_US.replace(' ', '|')})$)[a-z0-9-]+$",
        "type": "string",
        "description": f"name of an option, none of {SET_BY_US.replace(' ', ', ')}",
    },
}
