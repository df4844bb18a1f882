"""What is wrong in the 2017 thesis, each correction computed from its own numbers, or checked."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from middlebench.units import (
    BITS_PER_MBIT_BINARY,
    bits_per_mbit,
    line_rate_mbit,
    packets_per_second,
    packets_per_second_binary,
)

CORRECTION_COLUMNS = ["correction", "claim", "computed", "inputs", "result", "outcome"]
"""The columns of corrections.csv.  `inputs`: what it is computed from.  `outcome`: `confirmed` (the
thesis is wrong as we say), `not confirmed`, `does not apply`, or `not run`."""

NOT_RUN = "not run"
_CLAIMS = {
    1: "the thesis's packet rates follow from its rates",
    2: "the rate at which a figure breaks is the middlebox's limit",
    3: "latency in overload is 4 seconds",
    4: "the NAT's rules translate replies",
    5: "mOS's nat and simple_firewall can be measured with UDP",
    6: "mOS's nat is comparable with Open vSwitch's: nobody outside begins a connection",
    7: "what the NAT's rules let out has its outside address",
}


def correction_table(
    reference: Mapping[str, Any], checks: Mapping[str, Mapping[str, Any]], duts: Iterable[str]
) -> pd.DataFrame:
    """CORRECTION_COLUMNS, the seven corrections in order; a number or a check a row.

    `reference`: the mapping in thesis.yaml.  `checks`: functional checks
    (`functional_check.check_function`) by function, `nat_thesis` and mOS's `nat`, where a DUT here
    has them.  `duts`: the DUTs that are measured.
    """
    rows = [
        *(_bits_per_mbit(entry) for entry in reference["packet_rates"]),
        *(
            _line_rate(entry, reference["link_mbit"])
            for entry in reference["figures"]
            if entry["overload"] is not None
        ),
        _milliseconds(reference.get("latency")),
        _replies(checks.get("nat_thesis")),
        _mos(reference["tcp_only_dut"] in set(duts)),
        _strangers(checks.get("nat")),
        _untranslated(checks.get("nat_thesis")),
    ]
    return pd.DataFrame(rows, columns=CORRECTION_COLUMNS)


def _row(number: int, computed: str, inputs: str, result: str, holds: bool | str) -> dict:
    words = {True: "confirmed", False: "not confirmed"}
    values = (number, _CLAIMS[number], computed, inputs, result, words.get(holds, holds))
    return dict(zip(CORRECTION_COLUMNS, values, strict=True))


def _bits_per_mbit(entry: Mapping[str, Any]) -> dict[str, Any]:
    """1: solved for the bits of a Mbit; they are 2^20 if that rounds to the printed packets/s."""
    size, rate, pps = entry["frame_size"], entry["rate_mbit"], entry["printed_pps"]
    bits = bits_per_mbit(pps, rate, size)
    return _row(
        1,
        "bits per Mbit = packets/s * 8 * frame size / rate",
        f"{pps} packets/s, {size} B, {rate} Mbit/s",
        f"{bits:.1f} bit (2^20 = {BITS_PER_MBIT_BINARY}); with 10^6 bit: "
        f"{packets_per_second(rate, size):.0f} packets/s",
        round(packets_per_second_binary(rate, size)) == pps,
    )


def _line_rate(entry: Mapping[str, Any], link_mbit: float) -> dict[str, Any]:
    """2: a break at what the cable carries says nothing about the middlebox."""
    size, broke = entry["frame_size"], entry["overload"]
    line = line_rate_mbit(link_mbit, size)
    of_cable = broke >= line
    says = "the cable's" if of_cable else f"{broke / line:.1%} of line rate, so not the cable's"
    return _row(
        2,
        "line rate = link * frame / (frame + 20 B of preamble and gap)",
        f"figure {entry['figure']}: {size} B, {link_mbit} Mbit/s link, break at {broke} Mbit/s",
        f"{line:.1f} Mbit/s ({packets_per_second(line, size) / 1e6:.2f} Mpps): the break is {says}",
        of_cable or "does not apply",
    )


def _milliseconds(latency: Mapping[str, Any] | None) -> dict[str, Any]:
    """3: nanoseconds in milliseconds."""
    computed = "ns / 10^6 = ms"
    if not latency:
        return _row(3, computed, "no latency in the reference", NOT_RUN, NOT_RUN)
    drawn, said = latency["overload_p75_ns"], latency["said_s"]
    return _row(
        3,
        computed,
        f"75th percentile of {drawn:.0e} ns, called {said} s",
        f"{drawn / 1e6:g} ms, {said * 1e9 / drawn:g} times less; and it says nothing about loss",
        drawn / 1e9 != said,
    )


def _replies(check: Mapping[str, Any] | None) -> dict[str, Any]:
    """4: by sending a reply through the thesis's rules."""
    why = f": {check['why']}" if check and check["why"] else ""
    return _of_its_rules(4, check, "reply_translated", why)


def _untranslated(check: Mapping[str, Any] | None) -> dict[str, Any]:
    """7: by sending more flows to one host through them than their address has ports.

    Open vSwitch goes on with a frame whose commit found no port, and there the rules say output.
    """
    return _of_its_rules(7, check, "untranslated_dropped")


def _of_its_rules(
    number: int, check: Mapping[str, Any] | None, name: str, why: str = ""
) -> dict[str, Any]:
    """What an item of their functional check saw; `why`: the known cause where it failed."""
    computed = f"functional check of nat_thesis, item {name}"
    items = {item["name"]: item for item in check["items"]} if check else {}
    if name not in items:
        return _row(number, computed, "no DUT here has these rules", NOT_RUN, NOT_RUN)
    item, software = items[name], check["software"]
    return _row(
        number,
        computed,
        f"{software['name']} {software['version']}, {software.get('rules', 'rules')}",
        item["detail"] + ("" if item["passed"] else why),
        not item["passed"],
    )


def _mos(measured: bool) -> dict[str, Any]:
    """5: mOS hands its applications TCP alone."""
    where = "its own functional check is under results/" if measured else "no DUT here is mOS"
    return _row(
        5,
        "functional check of mOS with UDP, which must fail",
        where,
        f"{NOT_RUN}; by its source mOS hands only TCP to its applications and forwards UDP as it "
        "is, so UDP load measures plain forwarding",
        NOT_RUN,
    )


def _strangers(check: Mapping[str, Any] | None) -> dict[str, Any]:
    """6: a NAT that lets in what nobody asked for does less than one that drops it."""
    computed = "functional check of mOS's nat under TCP, item unsolicited_dropped"
    if check is None:
        result = f"{NOT_RUN}; commit b278274, run with pcap, lets a stranger's SYN in, translated"
        return _row(6, computed, "no DUT here is mOS's nat", result, NOT_RUN)
    item = next(item for item in check["items"] if item["name"] == "unsolicited_dropped")
    software = check["software"]
    inputs = f"{software['name']} {software['version']}"
    return _row(6, computed, inputs, item["detail"], not item["passed"])
