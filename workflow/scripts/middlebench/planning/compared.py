"""What comparisons in turns are made from and given, as their rules want it.

Used while Snakemake reads the rules.
"""

from collections.abc import Callable, Mapping

from middlebench.experiment.comparisons import (
    all_comparisons,
    comparison_settings,
    comparison_testbed,
    comparisons,
    variant_configs,
)
from middlebench.experiment.grid import as_param, figure_settings
from middlebench.files.canonical import text_digest
from middlebench.planning import paths
from middlebench.planning.cells import ports_of
from middlebench.planning.made_from import MadeFrom, MadeOf
from middlebench.planning.programs import dut_manifests, dut_program


def on_testbed(config: Mapping, testbed: str) -> list[str]:
    """The comparisons of the section `compare` that are measured on a testbed."""
    return [name for name in comparisons(config) if comparison_testbed(config, name) == testbed]


class Compared:
    """What the comparisons of a configuration are made from; asked by name."""

    def __init__(
        self, config: Mapping, code_line: Callable[[str, str | None, str | None], str]
    ) -> None:
        self._config = config
        self._variants = {name: variant_configs(config, name) for name in all_comparisons(config)}
        self._made_from = {
            (name, variant): MadeFrom(of, code_line)
            for name, variants in self._variants.items()
            for variant, of in variants.items()
        }

    def settings(self, name: str) -> str:
        """What its script takes."""
        return as_param(comparison_settings(self._config, name))

    def programs(self, name: str) -> list[str]:
        """What makes the DUT of each variant do its function, in the order of the variants."""
        return [
            dut_program(*(figure_settings(of, variant)[key] for key in ("dut", "function")))
            for variant, of in self._variants[name].items()
        ]

    def built(self, name: str) -> list[str]:
        """The manifests of what was built for them, each once."""
        found = (
            path
            for variant, of in self._variants[name].items()
            for path in dut_manifests(of, figure_settings(of, variant)["dut"])
        )
        return list(dict.fromkeys(found))

    def checks(self, name: str) -> list[str]:
        """The functional checks of their functions, each once."""
        return _all(self._variants[name], paths.check_paths)

    def calibration(self, name: str) -> str:
        """That of the first variant."""
        variant, of = next(iter(self._variants[name].items()))
        return paths.calibration_paths(of, [variant])[0]

    def made_from(self, name: str) -> MadeOf:
        """What its result is made from: by variant where it is a variant's."""
        testbed = comparison_testbed(self._config, name)
        found = {"settings": text_digest(self.settings(name))}
        for variant, of in self._variants[name].items():
            figure, made = figure_settings(of, variant), self._made_from[name, variant]
            cell, protocol = (testbed, figure["dut"], figure["function"]), figure["protocol"]
            if "calibration" not in found:  # that of the first variant
                ports = ports_of(of, *cell[:2])
                calibrated = made.calibration(testbed, ports, protocol)
                found["calibration"] = text_digest(as_param(calibrated))
            ours = made.with_dut("compare_variants", "", *cell)
            ours |= {"check": text_digest(as_param(made.check(*cell, protocol)))}
            found |= {f"{variant}: {key}": digest for key, digest in ours.items()}
            del found[f"{variant}: settings"]
        return found


def _all(variants: Mapping[str, Mapping], of: Callable[[Mapping, list[str]], list[str]]) -> list:
    found = (path for variant, config in variants.items() for path in of(config, [variant]))
    return list(dict.fromkeys(found))
