"""Trials of middlebench.lua in a world of the stand-in."""

import json
import shutil

import pytest

from moongen.standin import SCRIPT, Outcome, run


@pytest.fixture
def trial(tmp_path):
    """Run the script with options and a world: the outcome and its result, or None."""

    def start(script=SCRIPT, world=None, **options) -> tuple[Outcome, dict | None]:
        out = tmp_path / "result.json"
        options = {
            "tx_port": 0, "rx_port": 1, "rate": 100, "frame_size": 64, "flows": 10,
            "warmup_ms": 10, "window_ms": 40, "drain_ms": 20, "stall_ms": 20, "ready_ms": 100,
            "out": out,
        } | options  # fmt: skip
        size = int(options["frame_size"])
        words = [
            word
            for key, value in options.items()
            if value is not None
            for word in (f"--{key.replace('_', '-')}", str(value))
        ]
        asked = {"frame_size": size, "pps": float(options["rate"] or 0) * 1e6 / 8 / size}
        outcome = run(script, words, asked | (world or {}))
        assert not list(tmp_path.glob("*.part"))
        return outcome, json.loads(out.read_text("utf-8")) if out.exists() else None

    return start


@pytest.fixture
def faulty(tmp_path):
    """The script's folder with one text replaced: a planted fault."""

    def plant(file: str, old: str, new: str):
        folder = tmp_path / "faulty"
        shutil.copytree(SCRIPT.parent, folder)
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), "utf-8")
        return folder / SCRIPT.name

    return plant
