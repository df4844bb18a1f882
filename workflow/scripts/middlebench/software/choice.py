"""Which Open vSwitch and DPDK are used: the distribution's, or ones that are built here.

A build is named by what decides it, `<version>-<hash>`, so that several live side by side.  From
where the same source comes (`url`, `path`) decides nothing.  Used while Snakemake reads the rules,
so it imports nothing slow.
"""

from collections.abc import Mapping
from typing import Any

from middlebench.errors import ConfigError
from middlebench.files.canonical import json_digest

FOLDER = "results/software"

NEEDED = {
    "distribution": (),
    "source_package": ("version",),
    "tarball": ("version", "sha256"),
    "git": ("url", "commit"),
}
"""What must be said beside `from`."""

PLACES = ("url", "path")
"""Where a tarball comes from: exactly one of them."""

OPTIONS = ("drivers", "options")
"""How it is built; only DPDK has drivers."""

DEFAULTS = {"mos": {"variant": "dpdk", "compiler": "gcc -fcommon"}}
"""How a program is built unless the configuration says otherwise, where that stands in keys of its
own.  gcc 10 and newer refuse what mOS defines twice, unless they are told."""

LOADED_FIRST = {("mos", "pcap"): "pcap_polled"}
"""The program of ours that is loaded before a program of such a variant, as a shared library."""

DRIVERS = ("bus/pci", "bus/vdev", "mempool/ring", "net/vhost", "net/virtio")
"""DPDK's drivers that a sandbox needs (net/virtio asks for bus/pci)."""


def program_path(name: str) -> str:
    """One of our own programs as it is built, relative to the working directory."""
    return f"{FOLDER}/{name}/{name}"


def is_chosen(config: Mapping, program: str) -> bool:
    """Does the configuration say where a program comes from?  `mos` may be null."""
    return config["software"].get(program) is not None


def is_built(config: Mapping, program: str) -> bool:
    """Is `ovs`, `dpdk` or `mos` built from source?"""
    return is_chosen(config, program) and config["software"][program]["from"] != "distribution"


def build_settings(config: Mapping, program: str) -> dict[str, Any]:
    """All that decides a build; ValueError for a program that is not built.

    Keys: from, version or commit, sha256 (of a tarball), options, and for DPDK its drivers, for
    Open vSwitch the DPDK that it is built with: its `build_name`, or `distribution`; for mOS
    instead of options variant and compiler.
    """
    if not is_built(config, program):
        raise ValueError(f"{program} is the distribution's")
    chosen = config["software"][program]
    settings = {key: value for key, value in chosen.items() if key not in PLACES}
    if program in DEFAULTS:
        return DEFAULTS[program] | settings
    settings.setdefault("options", [])
    if program == "dpdk":
        settings["drivers"] = sorted(chosen.get("drivers", DRIVERS))
    else:
        built = is_built(config, "dpdk")
        settings["dpdk"] = build_name(config, "dpdk") if built else "distribution"
    return settings


def build_name(config: Mapping, program: str) -> str:
    """`<version>-<hash of build_settings>`; ValueError for a program that is not built."""
    settings = build_settings(config, program)
    version = settings.get("version") or settings["commit"][:12]
    return f"{version}-{json_digest(settings)[:8]}"


def choices(config: Mapping) -> list[Mapping[str, Any]]:
    """Sections `software`: the configuration's own, then that of each variant that is compared."""
    own = config["software"]
    variants = (
        variant
        for comparison in (config.get("compare") or {}).values()
        for variant in comparison["variants"].values()
    )
    return [own, *(own | variant["software"] for variant in variants if "software" in variant)]


def builds(config: Mapping, program: str) -> dict[str, Mapping[str, Any]]:
    """`build_name` -> the section `software` that asks for it, of all that are asked for."""
    found: dict[str, Mapping[str, Any]] = {}
    for chosen in choices(config):
        if is_built({"software": chosen}, program):
            found.setdefault(build_name({"software": chosen}, program), chosen)
    return found


def prefix(config: Mapping, program: str) -> str | None:
    """Where a build is installed, relative to the working directory; None: the distribution's."""
    if not is_built(config, program):
        return None
    return f"{FOLDER}/{program}/{build_name(config, program)}"


def variant(config: Mapping, program: str) -> str | None:
    """Which variant of a program is built; None where it has none, or is not built."""
    return build_settings(config, program).get("variant") if is_built(config, program) else None


def loaded_first(config: Mapping, program: str) -> str | None:
    """The name of the program of ours that is loaded before another one, if any."""
    return LOADED_FIRST.get((program, variant(config, program)))


def check_software(config: Mapping) -> None:
    """ConfigError when what is said about one program does not fit together."""
    for program, chosen in config["software"].items():
        if chosen is not None:
            _check_keys(f"software.{program}", chosen, tuple(DEFAULTS.get(program, OPTIONS)))
    if is_built(config, "dpdk") and not is_built(config, "ovs"):
        raise ConfigError(
            f"software.dpdk.from: {config['software']['dpdk']['from']}; allowed: distribution, "
            "as the distribution's Open vSwitch (software.ovs) uses no other"
        )


def _check_keys(where: str, chosen: Mapping, options: tuple[str, ...]) -> None:
    kind = chosen["from"]
    for key in NEEDED[kind]:
        if key not in chosen:
            needed = ", ".join((*NEEDED[kind], *(["url or path"] if kind == "tarball" else [])))
            raise ConfigError(f"{where}.{key}: is missing; allowed: from: {kind} with {needed}")
    places = [key for key in PLACES if key in chosen]
    if kind == "tarball" and len(places) != 1:
        what = "are both given" if places else "are both missing"
        raise ConfigError(f"{where}: url and path {what}; allowed: one of them")
    known = (*NEEDED[kind], *(PLACES if kind == "tarball" else ()))
    known += options if kind != "distribution" else ()
    for key in chosen:
        if key not in ("from", *known):
            allowed = ", ".join(known) or "no other key"
            raise ConfigError(f"{where}.{key}: says nothing with from: {kind}; allowed: {allowed}")
