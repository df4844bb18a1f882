"""The figure of the testbed: what the configuration says about its wiring, and how it is drawn."""

import copy
import json
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.patches import FancyArrowPatch

from figures import overlapping, texts
from middlebench.experiment.config import load
from middlebench.experiment.wiring import link_speed, wiring
from middlebench.figures.drawing.style import Style
from middlebench.figures.testbed.figure import testbed_figure as draw
from middlebench.figures.testbed.plan import plan
from scripts import Params, run_script
from workspace import REPOSITORY

SHIPPED = REPOSITORY / "config.yaml"
TALLINN = load(SHIPPED, REPOSITORY / "testbeds/tallinn.yaml")
SANDBOX = load(SHIPPED)


def changed(testbed, change):
    """The wiring of tallinn or the sandbox when `change` has altered its mapping."""
    config = copy.deepcopy(TALLINN)
    change(config["testbeds"][testbed])
    return wiring(config, testbed)


def remote(where):
    """A change: the sandbox is on another machine."""
    where["host"] = {"address": "user@lab1.example.org:2222"}


def one_host(where):
    """A change: generator and DUT on ports of one machine, which is this one."""
    where["host"] = {"address": "local"}
    del where["loadgen"]["host"]


def bare(where):
    """A change: nothing but the speed is known."""
    for key in ("host", "ports", "loadgen", "prepare"):
        where.pop(key, None)


WIRINGS = {
    "sandbox": wiring(SANDBOX, "sandbox"),
    "remote sandbox": changed("sandbox", remote),
    "two hosts": wiring(TALLINN, "tallinn"),
    "one host": changed("tallinn", one_host),
    "bare": changed("tallinn", bare),
}


def test_two_hosts_show_all_that_the_overlay_says():
    """Hosts, generator, DUT, every port's address and interface, the speed of both cables."""
    words = texts(draw(WIRINGS["two hosts"], Style()))
    for expected in (
        *("Testbed tallinn", "this machine", "riga", "tallinn", "DUT: ovs-dpdk"),
        *("load generator: MoonGen", "in /opt/MoonGen", "pacing by hardware"),
        *(f"PCI 0000:0{bus}:00.{port}" for bus in (3, 4) for port in (0, 1)),
        *("interface eth2", "interface eth3", "port 1, inside", "port 2, outside"),
        *("10 Gbit/s: load to the DUT", "10 Gbit/s: back from the DUT"),
    ):
        assert expected in words
    assert words.split("\n").count("SSH") == 2


def test_sandbox_lies_in_one_machine():
    """No SSH, no speed; both ends in one frame."""
    words = texts(draw(WIRINGS["sandbox"], Style()))
    for expected in ("sandbox on this machine", "vhost-user", "memory: load to the DUT"):
        assert expected in words
    assert "no SSH" in words
    assert "bit/s" not in words
    assert "SSH" in texts(draw(WIRINGS["remote sandbox"], Style())).split("\n")


@pytest.mark.parametrize(("name", "frames"), [("two hosts", 2), ("sandbox", 1), ("one host", 1)])
def test_each_machine_is_reached_once(name, frames):
    """A frame and a dashed arrow for each; one solid arrow a cable, in opposite directions."""
    places = plan(WIRINGS[name], 700, 40, 8)
    assert len(places.frames) == len(places.links) == frames
    arrows = draw(WIRINGS[name], Style()).findobj(FancyArrowPatch)
    assert len([arrow for arrow in arrows if arrow.get_linestyle() == (0, (4, 2))]) == frames
    there, back = (arrow._posA_posB for arrow in arrows if arrow.get_linewidth() == 2)
    assert there[0][0] < there[1][0]
    assert back[0][0] > back[1][0]


@pytest.mark.parametrize("name", WIRINGS)
@pytest.mark.parametrize("style", [Style(), Style(font_pt=14, width_mm=120)], ids=["8pt", "14pt"])
def test_labels_do_not_overlap(name, style):
    """No text covers another or leaves the figure, also when it is large and narrow."""
    assert overlapping(draw(WIRINGS[name], style)) == ([], [])


NAMES = st.text("aWi1.-_@:", min_size=1, max_size=250)


@settings(max_examples=15)
@given(names=st.lists(NAMES, min_size=8, max_size=8), font_pt=st.sampled_from([5, 8, 14]))
def test_long_names_are_wrapped(names, font_pt):
    """Whatever hosts, ports and paths are called."""
    host, other, *rest, path = names

    def change(where):
        where["host"]["address"], where["loadgen"]["host"]["address"] = host, other
        where["loadgen"]["moongen"]["path"] = f"/{path}"
        for port, name in zip([*where["ports"], *where["loadgen"]["ports"]], rest, strict=False):
            port["vdev"] = f"net_af_packet0,iface={name}"

    figure = draw(changed("tallinn", change) | {"testbed": "t" * 64}, Style(font_pt=font_pt))
    assert overlapping(figure) == ([], [])


def test_words_of_a_cable_have_room_above_it():
    """However narrow the drawing is: they end below the cable before."""
    places = plan(WIRINGS["sandbox"], 340, 40, 14)
    assert max(len(words) for words in places.cables) > 2
    for words, port in zip(places.cables, places.ports[0], strict=True):
        assert len(words) * 1.4 * 14 < port.height / 2


@pytest.mark.parametrize("name", WIRINGS)
def test_parts_lie_inside_each_other_and_apart(name):
    """Ports within their end, ends within a frame, nothing else touching."""
    places = plan(WIRINGS[name], 700, 40, 8)
    for end, ports in zip(places.ends, places.ports, strict=True):
        assert all(within(port, end) for port in ports)
        assert any(within(end, frame) for frame in places.frames)
        assert ports[0].top + ports[0].height < ports[1].top
    assert places.ends[0].left + places.ends[0].width < places.ends[1].left
    assert max(frame.top + frame.height for frame in places.frames) == pytest.approx(places.bottom)


def within(inner, outer):
    """Whether a box lies in another."""
    return (
        outer.left < inner.left
        and outer.top < inner.top
        and inner.left + inner.width < outer.left + outer.width
        and inner.top + inner.height < outer.top + outer.height
    )


def test_duts_are_those_of_the_figures_on_the_testbed():
    """Each once; of a testbed without figures, the default."""
    config = copy.deepcopy(SANDBOX)
    config["duts"]["token-bucket"] = {}
    config["figures"]["nat_64b"]["dut"] = "token-bucket"
    assert wiring(config, "sandbox")["ends"][1]["title"] == "DUT: ovs-dpdk, token-bucket, linux"
    config["defaults"]["testbed"] = "elsewhere"
    assert wiring(config, "sandbox")["ends"][1]["title"] == "DUT: ovs-dpdk"


def test_what_is_not_drawn_changes_nothing():
    """Time limits of a host and rates of a figure would redraw it in vain."""
    config = copy.deepcopy(TALLINN)
    config["testbeds"]["tallinn"]["host"]["command_timeout_s"] = 5
    config["figures"]["nat_64b"]["rates_mbit"]["to"] = 500
    assert wiring(config, "tallinn") == WIRINGS["two hosts"]


@pytest.mark.parametrize(
    ("mbit", "words"), [(100, "100 Mbit/s"), (2500, "2.5 Gbit/s"), (10000, "10 Gbit/s")]
)
def test_speed_in_words(mbit, words):
    """In the unit that reads best."""
    assert link_speed(mbit) == words


def test_script_draws_the_wiring(tmp_path):
    """From the rule's parameter to both files."""
    made = {kind: tmp_path / f"f.{kind}" for kind in ("pdf", "png")}
    run_script(
        "plot_testbed",
        output=SimpleNamespace(**made),
        params=Params(style="{}", wiring=json.dumps(WIRINGS["two hosts"])),
    )
    assert all(path.stat().st_size > 10_000 for path in made.values())
