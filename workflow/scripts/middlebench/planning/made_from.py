"""What each result is made from: settings, rules, programs and code, by name, as digests."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path

from middlebench.duts.registry import CALIBRATED_WITH, entry
from middlebench.duts.rule_lists import BASE, count_of
from middlebench.experiment import grid
from middlebench.experiment.grid import as_param
from middlebench.experiment.league import league_settings
from middlebench.experiment.point_settings import PointSettings
from middlebench.experiment.throughput import throughput_settings
from middlebench.files.canonical import text_digest
from middlebench.frame_mix import FrameSize
from middlebench.generators import GENERATORS, generator_of
from middlebench.planning.cells import ports_of
from middlebench.planning.programs import (
    PROGRAMS,
    dut_manifests,
    dut_program,
    generator_scripts,
    program_sources,
)
from middlebench.planning.speed import kept
from middlebench.provenance.digests import files_digest
from middlebench.provenance.keeping import records_digest
from middlebench.records.identity import Point
from middlebench.software.choice import build_settings

MadeOf = dict[str, str]
"""Name of an ingredient -> digest of it; of code, a line with a digest a module."""


class MadeFrom:
    """What the results of a configuration are made from, and with which settings.

    `code_line(rule, dut, testbed)` says what the program of a rule is, `digest` makes one text of
    files.  All that was found is kept: neither the configuration nor a file may change afterwards.
    Settings are the one labelled text that a job's script takes.
    """

    def __init__(
        self,
        config: Mapping,
        code_line: Callable[[str, str | None, str | None], str],
        digest: Callable[[list[str]], str] = files_digest,
    ) -> None:
        self._config = config
        self._code_line = code_line
        self._digest = digest

    @cached_property
    def _points(self) -> PointSettings:
        return PointSettings(self._config)

    @kept
    def code(self, rule: str, dut: str | None = None, testbed: str | None = None) -> str:
        """The program of a rule in one line, a digest a module."""
        return self._code_line(rule, dut, testbed)

    @kept
    def contents(self, rule: str, *files: str) -> str:
        """What a figure or a table is made from besides its inputs, as a parameter."""
        return as_param({"code": self.code(rule), "files": self._of(*files)})

    @kept
    def generator(self, testbed: str) -> MadeOf:
        """What the load of a testbed is made by."""
        about = self._config["testbeds"][testbed]
        name = generator_of(about)
        program = GENERATORS[name].program
        found = {program: self._of(*program_sources(program))}
        found["build_program.py"] = self.code("build_program")
        if scripts := generator_scripts(about):
            found[name] = self._of(*scripts)
        return found

    @kept
    def dut(self, dut: str, function: str) -> MadeOf:
        """What makes a DUT do a function: its program, and what was built for it."""
        path = dut_program(dut, function)
        name = Path(path).name
        if count_of(function) is not None:  # it need not be there
            seed = str(self._config["league"]["scaling"]["rules"]["seed"])
            made = (
                seed,
                self.code("make_rules"),
                self._of(entry(dut).program_file(BASE)),
            )
            return {name: text_digest(" ".join(made)), **self._built(dut)}
        found = {name: self._of(*(program_sources(name) if name in PROGRAMS else [path]))}
        return found | self._built(dut)

    def _built(self, dut: str) -> MadeOf:
        found = {}
        for file in dut_manifests(self._config, dut):
            if Path(file).name == "manifest.json":
                program = Path(file).parts[2]
                found[program] = self._build(program)
            elif Path(file).name in PROGRAMS:
                found[Path(file).name] = self._of(*program_sources(Path(file).name))
            else:
                found[Path(file).name] = self._of(file)
        return found

    @kept
    def check_settings(self, testbed: str, dut: str, function: str, protocol: str) -> str:
        """The settings of a check."""
        return as_param(grid.check_settings(self._config, testbed, dut, function, protocol))

    @kept
    def check(self, testbed: str, dut: str, function: str, protocol: str) -> MadeOf:
        """What a check is made from."""
        settings = self.check_settings(testbed, dut, function, protocol)
        return self.with_dut("check_function", settings, testbed, dut, function)

    @kept
    def with_dut(
        self, rule_name: str, settings: str, testbed: str, dut: str, function: str
    ) -> MadeOf:
        """What a rule that measures with a DUT and a generator makes a result from."""
        return {
            "settings": text_digest(settings),
            "code": self.code(rule_name, dut, testbed),
            **self.dut(dut, function),
            **self.generator(testbed),
        }

    @kept
    def calibration_settings(
        self, testbed: str, ports: str, protocol: str, frame_size: FrameSize | None = None
    ) -> str:
        """The settings of a calibration."""
        about = (testbed, ports, protocol, frame_size)
        return as_param(grid.calibration_settings(self._config, *about))

    @kept
    def calibration(
        self, testbed: str, ports: str, protocol: str, frame_size: FrameSize | None = None
    ) -> MadeOf:
        """What a calibration is made from, besides frame size and flows.

        Of a mix its content is in the settings; without `frame_size`, as what is calibrated for has
        that in its own.
        """
        settings = self.calibration_settings(testbed, ports, protocol, frame_size)
        return {
            "settings": text_digest(settings),
            "code": self.code("calibrate", CALIBRATED_WITH.get(ports), testbed),
            **self.generator(testbed),
        }

    @kept
    def throughput_settings(self, function: str, frame_size: FrameSize) -> str:
        """The settings of a series whose throughput is measured."""
        return as_param(throughput_settings(self._config, function, frame_size))

    @kept
    def throughput(
        self, frame_size: FrameSize, testbed: str, dut: str, function: str, protocol: str
    ) -> MadeOf:
        """What such a series is made from."""
        settings = text_digest(self.throughput_settings(function, frame_size))
        before = self._before("measure_throughput", testbed, dut, function, protocol)
        return {"settings": settings, **before}

    @kept
    def tried_settings(self, testbed: str, dut: str, function: str, protocol: str) -> str:
        """The settings of what is found out about a DUT for the league."""
        checked = grid.check_settings(self._config, testbed, dut, function, protocol)
        trial = league_settings(self._config, dut, function)["trial"]
        trial = {key: of for key, of in trial.items() if key != "mix"}  # one size is enough
        return as_param({**checked, "trial": trial})

    @kept
    def tried(self, testbed: str, dut: str, function: str, protocol: str) -> MadeOf:
        """What that is made from."""
        settings = self.tried_settings(testbed, dut, function, protocol)
        return self.with_dut("try_dut", settings, testbed, dut, function)

    @kept
    def league_settings(self, dut: str, function: str, frame_size: FrameSize) -> str:
        """The settings of a series of the league."""
        return as_param(league_settings(self._config, dut, function, frame_size))

    @kept
    def league(
        self, frame_size: FrameSize, testbed: str, dut: str, function: str, protocol: str
    ) -> MadeOf:
        """What such a series is made from: whether its DUT is right plays no part."""
        settings = self.league_settings(dut, function, frame_size)
        made = self.with_dut("measure_league", settings, testbed, dut, function)
        calibrated = self.calibration(testbed, ports_of(self._config, testbed, dut), protocol)
        return made | {"calibration": text_digest(as_param(calibrated))}

    def point_settings(self, point: Point) -> str:
        """The settings of a point.  KeyError when no figure asks for it."""
        return self._points.text(point)

    @kept
    def point(self, settings: str, testbed: str, dut: str, function: str, protocol: str) -> MadeOf:
        """What a point with these settings is made from."""
        before = self._before("measure_point", testbed, dut, function, protocol)
        return {"settings": text_digest(settings), **before}

    @kept
    def point_param(self, settings: str, *checked: str) -> str:
        """The same as its script takes it."""
        return as_param(self.point(settings, *checked))

    def plan_settings(self, figure: str) -> str:
        """What decides which points of a figure follow."""
        return as_param(grid.sweep_settings(self._config, figure))

    @kept
    def plan_without_records(self, figure: str) -> MadeOf:
        """What a plan is made from besides the records: how far to go, and the code."""
        settings = text_digest(self.plan_settings(figure))
        return {"settings": settings, "code": self.code("plan_points")}

    def plan(self, figure: str, records: Iterable[str]) -> MadeOf:
        """What a plan is made from: with one that is missing, from none that can be there."""
        digest = records_digest(records)
        return {**self.plan_without_records(figure), "records": digest or "missing"}

    @kept
    def _before(self, rule: str, testbed: str, dut: str, function: str, protocol: str) -> MadeOf:
        """What all trials of a function are made from; of calibration and check how they are."""
        ports = ports_of(self._config, testbed, dut)
        calibrated = self.calibration(testbed, ports, protocol)
        checked = self.check(testbed, dut, function, protocol)
        return {
            "code": self.code(rule, dut, testbed),
            **self.dut(dut, function),
            **self.generator(testbed),
            "calibration": text_digest(as_param(calibrated)),
            "check": text_digest(as_param(checked)),
        }

    def _build(self, program: str) -> str:
        how = as_param(build_settings(self._config, program))
        return text_digest(how + self.code(f"build_{program}"))

    def _of(self, *files: str) -> str:
        """One digest of some files of the repository; none of no file."""
        return self._digest(files) if files else ""
