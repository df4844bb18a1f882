"""The section `imported` of the configuration: what its keys say together, and its files.

Used while Snakemake reads the rules.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from middlebench.errors import ConfigError
from middlebench.files.filled import check_not_filled
from middlebench.files.schema_errors import suggestion
from middlebench.imported.formats import FORMATS

PICTURE = "imported"
"""How `only` calls all of its figures."""


def check_imported(config: Mapping[str, Any]) -> None:
    """ConfigError unless each file can be read as its format says, and each figure be drawn."""
    imported = config["imported"]
    for name, series in imported["series"].items():
        _check_files(f"imported.series.{name}.files", series)
    if config["only"] and PICTURE not in config["only"]:
        return
    for name, figure in imported["figures"].items():
        where = f"imported.figures.{name}"
        _check_known(f"{where}.series", figure["series"], imported["series"], "imported.series")
        _check_known(f"{where}.beside", beside(config, name), config["figures"], "figures")
        _check_sizes(where, config, figure["series"], beside(config, name))


def beside(config: Mapping[str, Any], name: str) -> list[str]:
    """The figures of whose measured series an imported one is drawn beside; none of an unknown."""
    return config["imported"]["figures"].get(name, {}).get("beside", [])


def title(config: Mapping[str, Any], name: str) -> str:
    """The heading of a figure: its own, or one made of its series."""
    figure = config["imported"]["figures"][name]
    return figure.get("title", f"Measured elsewhere: {', '.join(figure['series'])}")


def files_of(config: Mapping[str, Any], name: str) -> list[str]:
    """The files of a series; ConfigError when one is not there."""
    paths = []
    for index, file in enumerate(config["imported"]["series"][name]["files"]):
        for key in file.keys() & {"path", "histogram"}:
            if not Path(file[key]).is_file():
                where = f"imported.series.{name}.files[{index}].{key}"
                raise ConfigError(f"{where}: {file[key]} is no file; allowed: a file that is there")
        paths += [file[key] for key in ("path", "histogram") if key in file]
    return paths


def _check_files(where: str, series: Mapping[str, Any]) -> None:
    form = FORMATS[series["format"]]
    for index, file in enumerate(series["files"]):
        for key, value in file.items():
            if key not in ("path", *form.besides):
                users = ", ".join(name for name, of in FORMATS.items() if key in of.besides)
                raise ConfigError(
                    f"{where}[{index}].{key}: not of {series['format']}; allowed: with {users}"
                )
            if isinstance(value, str):
                check_not_filled(f"{where}[{index}].{key}", value)


def _check_known(where: str, names: Iterable[str], known: Mapping, section: str) -> None:
    for name in names:
        if name not in known:
            raise ConfigError(
                f"{where}: {name} is not under {section}{suggestion(name, known)}; allowed: "
                f"{', '.join(known) or 'none, as it is empty'}"
            )


def _check_sizes(where: str, config: Mapping, series: list[str], figures: list[str]) -> None:
    """Mbit/s of other frames are no rate to compare with."""
    sizes = {name: config["imported"]["series"][name]["frame_size"] for name in series}
    sizes |= {name: config["figures"][name]["frame_size"] for name in figures}
    first = next(iter(sizes.values()))
    other = next((name for name, size in sizes.items() if size != first), None)
    if other:
        raise ConfigError(
            f"{where}: {other} has frames of {sizes[other]} B; allowed: of one size, as "
            f"{series[0]} has them, {first} B"
        )
