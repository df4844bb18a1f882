"""Mixes of frame sizes, and whether they can stand where they do; ConfigError with one line when
not.

Used while Snakemake reads the rules: nothing slow is imported.
"""

from collections.abc import Mapping

from middlebench.errors import ConfigError
from middlebench.experiment.grid import figure_settings
from middlebench.files.schema_errors import suggestion
from middlebench.generators import GENERATORS, generator_of


def check_mixes(config: Mapping) -> None:
    """ConfigError unless each size of a mix stands there once."""
    for name, parts in config["mixes"].items():
        sizes = [part["frame_size"] for part in parts]
        for at, size in enumerate(sizes):
            if size in sizes[:at]:
                raise ConfigError(
                    f"mixes.{name}[{at}].frame_size: {size} stands there before; allowed: each "
                    "size once, with its count"
                )


def check_frame_size(config: Mapping, figure: str) -> None:
    """ConfigError unless the mix of a figure, if it is one, is there and its load can be made."""
    size, testbed = (figure_settings(config, figure)[key] for key in ("frame_size", "testbed"))
    if not isinstance(size, str):
        return
    where, known = f"figures.{figure}.frame_size", config["mixes"]
    if size not in known:
        raise ConfigError(
            f"{where}: {size} is not under mixes{suggestion(size, known)}; allowed: "
            f"{', '.join(['64 to 1518', *known])}"
        )
    if not makes_mixes(config["testbeds"][testbed]):
        raise ConfigError(
            f"{where}: {size}; allowed: a number on {testbed}, as mixes need softgen and its "
            f"generator is {generator_of(config['testbeds'][testbed])}"
        )


def makes_mixes(testbed: Mapping) -> bool:
    """Does the generator of a testbed send them?"""
    return GENERATORS[generator_of(testbed)].mixes
