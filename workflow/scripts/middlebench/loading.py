"""What a registry names, loaded when it is used."""

from importlib import import_module
from typing import Any

from middlebench.errors import ConfigError


def load(module: str, name: str) -> Any:
    """What has that name in a module of this library.  ConfigError when the module has none."""
    found = import_module(f"middlebench.{module}")
    if not hasattr(found, name):
        raise ConfigError(
            f"middlebench.{module} has no {name}; allowed: what its entry in the registry names"
        )
    return getattr(found, name)
