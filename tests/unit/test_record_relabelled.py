"""Records with another label: identity, settings and digests fit, what was counted does not."""

import pytest

from middlebench.errors import RecordError
from middlebench.records import rules
from middlebench.records.read import read
from records import make_record, record_of, write_record
from results import IDENTITY, SETTINGS, make_result

pytestmark = pytest.mark.tried("lies")

CYCLES = {
    "packets": 10**6, "used_cycles": 10**9, "idle_share": 0.1, "cycles_per_packet": 900.0,
    "milliseconds": {"count": 300, "p25": 880.0, "p50": 900.0, "p75": 920.0},
    "passes": 10**6, "lookups": {"emc": 10**6}, "tsc_hz": 2 * 10**9,
}  # fmt: skip


def labelled(identity=None, **settings):
    """The record of a result under another identity or other settings, with their digest."""
    return record_of(make_result(), IDENTITY | (identity or {}), SETTINGS | settings)


def durations(**other):
    """Durations with some others."""
    return SETTINGS["durations"] | other


def counted(**other):
    """A record whose switch counted its cycles."""
    return make_record(switch_cycles=CYCLES | other)


RELABELLED = {
    "a higher rate": (
        labelled({"rate_mbit": 900}),
        "gated.offered is 292969; allowed: about 527344",
    ),
    "a lower rate": (labelled({"rate_mbit": 100}), "gated.offered is 292969; allowed: about 58594"),
    "larger frames": (
        labelled({"frame_size": 1518}),
        "gated.offered is 292969; allowed: about 12352",
    ),
    "more flows": (
        labelled({"flows": 10000}) | {"state": labelled()["state"]},
        "state.expected_ent",
    ),
    "fewer flows": (labelled({"flows": 7}), "learned_flows is 100; allowed: up to 7"),
    "longer windows": (
        labelled(durations=durations(window_ms=5000)),
        "raw.duration_s is 1.2; allowed",
    ),
    "fewer windows": (
        labelled(durations=durations(max_windows=1)),
        "raw.duration_s is 1.2; allowed: 0",
    ),
    "shorter slices": (
        labelled(gating=SETTINGS["gating"] | {"slice_us": 500}),
        "raw.duration_s is 1.2; allowed: 1200",
    ),
    "no gating": (labelled(gating=None), "gated.duration_s is 0.3; allowed: 1.2"),
    "another protocol": (
        labelled(protocol="tcp"),
        "settings.protocol is tcp; allowed: the identity's",
    ),
    "a link in memory": (
        labelled(link_mbit=10000),
        "settings.link_mbit is 10000; allowed: null where",
    ),
    "gating on hardware": (
        labelled(virtual=False, link_mbit=10000),
        "settings.gating is given; allow",
    ),
    "cheaper packets": (counted(cycles_per_packet=90.0), "switch_cycles.cycles_per_packet is 90.0"),
    "no packets": (counted(packets=0), "switch_cycles.cycles_per_packet is 900.0; allowed: null"),
    "quartiles that fall": (
        counted(milliseconds=CYCLES["milliseconds"] | {"p50": 1.0}),
        "switch_cycles.milliseconds is",
    ),
    "an unknown clock": (counted(tsc_hz=None), "switch_cycles.tsc_hz is None; allowed"),
}


@pytest.mark.parametrize("name", RELABELLED)
def test_a_record_was_given_another_label(tmp_path, name):
    """Its path, its seal and its digests fit, and it is refused for what was counted."""
    record, words = RELABELLED[name]
    path = write_record(tmp_path, record)
    with pytest.raises(RecordError) as refused:
        read(path)
    assert str(refused.value).startswith(f"{path}: {words}")


def test_a_record_with_the_switchs_cycles_is_believed(tmp_path):
    """As it was written."""
    assert read(write_record(tmp_path, counted())) == counted()


@pytest.mark.parametrize(
    ("offered", "holds"), [(3906, True), (4375, True), (2500, True), (7000, False)]
)
def test_without_gating_what_was_due_before_the_window_is_caught_up_in_it(offered, holds):
    """A stop of 12 ms before a window of 100 ms is no fault of the record; a rate of twice is."""
    found = {"gated": {"duration_s": 0.1, "offered": offered}, "asked": {"rate_pps": 39062.5}}
    found |= {"settings": {"gating": None}}
    assert (rules._offered(found) is None) == holds
