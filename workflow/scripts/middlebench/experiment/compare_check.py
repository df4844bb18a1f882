"""Whether the comparisons of the section `compare` can be measured; ConfigError when not."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from middlebench.errors import ConfigError
from middlebench.experiment.comparisons import (
    CELL,
    comparisons,
    cost_comparisons,
    variant_config,
)
from middlebench.experiment.dut_check import (
    check_dut_and_function,
    check_names,
    check_protocol,
    check_snat_address,
)
from middlebench.experiment.dut_needs import check_dut_software
from middlebench.experiment.grid import is_sandbox_here
from middlebench.experiment.mixes import check_frame_size
from middlebench.experiment.schema import schema, strict_validator
from middlebench.files.schema_errors import first_error
from middlebench.records.comparison_file import AUTO, LONGEST_TURN_MS
from middlebench.software.choice import check_software


def check_comparisons(config: Mapping) -> None:
    """Every variant of every comparison; the configuration has the form of its schema.

    Those of the ladders are of the very cells that their sweeps were checked with.
    """
    comparing = config["comparing"]
    turn_ms, settle_ms = comparing["turn_ms"], comparing["settle_ms"]
    longest = LONGEST_TURN_MS if turn_ms == AUTO else turn_ms
    if settle_ms != AUTO and 2 * settle_ms >= longest:
        of = f"the longest that is found, {longest}" if turn_ms == AUTO else f"`turn_ms`, {longest}"
        raise ConfigError(f"comparing.settle_ms: {settle_ms}; allowed: less than half of {of}")
    for name in comparisons(config):
        if name in cost_comparisons(config):
            raise ConfigError(
                f"compare.{name}: is the name of a comparison of a ladder; allowed: another name"
            )
        _check(config, name)


def _check(config: Mapping, name: str) -> None:
    for variant in comparisons(config)[name]["variants"]:
        with _told_of(f"compare.{name}.variants.{variant}", variant):
            _check_variant(variant_config(config, name, variant), variant)


def _check_variant(config: Mapping, variant: str) -> None:
    figure = config["figures"][variant]
    for key in CELL:
        if key not in figure:
            raise ConfigError(
                f"figures.{variant}.{key}: is missing; allowed: one here, or for all variants "
                "beside `variants`"
            )
    check_names(config, variant)
    check_frame_size(config, variant)
    testbed = config["testbeds"][figure["testbed"]]
    if not is_sandbox_here(testbed):
        raise ConfigError(
            f"figures.{variant}.testbed: {figure['testbed']} is on other hosts; allowed: a sandbox "
            "on this machine, as a process beside it says whose turn it is"
        )
    check_dut_and_function(config, variant)
    check_protocol(config, variant)
    check_software(config)
    check_dut_software(config, variant)
    _check_settings(config, variant, figure["dut"])


def _check_settings(config: Mapping, variant: str, dut: str) -> None:
    """Those of the DUT, as they are for this variant."""
    whole = schema()
    of_duts = whole["properties"]["duts"]
    validator = strict_validator({**of_duts, "$defs": whole["$defs"]})
    fault = first_error(validator.iter_errors({dut: config["duts"].get(dut, {})}), whole)
    if fault:
        raise ConfigError(f"figures.{variant}.settings{fault.removeprefix(dut)}")
    address = config["duts"].get(dut, {}).get("snat_address")
    if address:
        check_snat_address(f"figures.{variant}.settings.snat_address", address)


@contextmanager
def _told_of(where: str, variant: str) -> Iterator[None]:
    """A variant is checked as a figure: what is wrong with it names the variant."""
    try:
        yield
    except ConfigError as error:
        said = str(error).replace(f"figures.{variant}", where)
        raise ConfigError(f"{where}.{said}" if said.startswith("software.") else said) from error
