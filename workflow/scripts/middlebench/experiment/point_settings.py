"""What the points of a configuration are measured with, looked up for tens of thousands of them.

Used while Snakemake reads the rules, so it imports nothing slow.
"""

from collections import defaultdict
from collections.abc import Mapping

from middlebench.experiment.grid import as_param, figure_settings, measuring_settings
from middlebench.experiment.rates import COARSE, FINE, Kind, kind_of
from middlebench.records.identity import Point


class PointSettings:
    """The settings of every point that some figure of a configuration may come to.

    What the figures say is read once: the configuration must not change afterwards.  A series is
    looked up by what its points share, and settings are made once for a figure and a stage.
    """

    def __init__(self, config: Mapping) -> None:
        self._config = config
        self._asking: dict[tuple, list[tuple[str, Kind, int]]] = defaultdict(list)
        for figure in config["figures"]:
            settings = figure_settings(config, figure)
            where = [settings[key] for key in ("testbed", "dut", "function", "frame_size")]
            kind = kind_of(settings["rates_mbit"])
            asked = (figure, kind, kind.most_tries(settings["repetitions"]))
            for flows in dict.fromkeys(settings["flows"]):
                self._asking[*where, flows, settings["protocol"]].append(asked)
        self._texts: dict[tuple[str, str], str] = {}

    def of(self, point: Point) -> dict:
        """`measuring_settings` of the figure that asks for the point, and the `stage` of its sweep.

        Keys: durations [ms], flow_order, flows_a_destination, protocol, seed, gating (or None),
        verdict, dut, virtual, link_mbit and stage (coarse, if it is that in any figure, else fine).
        KeyError when no figure asks for the point.
        """
        figure, stage = self._asked(point)
        return measuring_settings(self._config, figure) | {"stage": stage}

    def text(self, point: Point) -> str:
        """The same as the one labelled string of `as_param`."""
        asked = self._asked(point)
        if asked not in self._texts:
            self._texts[asked] = as_param(self.of(point))
        return self._texts[asked]

    def _asked(self, point: Point) -> tuple[str, str]:
        """The first figure that measures the point coarsely, else finely, and which of them."""
        series = (point.testbed, point.dut, point.function, point.frame_size, point.flows)
        found = {}
        for figure, kind, tries in self._asking.get((*series, point.protocol), ()):
            if 1 <= point.repetition <= tries:
                stage = kind.stage(point.rate_mbit)
                found.setdefault(stage, figure)
        for stage in (COARSE, FINE):
            if stage in found:
                return found[stage], stage
        raise KeyError(point)
