"""Sources to build from, unpacked in a folder: a tarball, a commit, or the distribution's package.

All faults are a BuildError with one line.
"""

import hashlib
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from middlebench.errors import BuildError
from middlebench.url_users import authorization, git_environment

SOURCE_PACKAGES = {"dpdk": "dpdk"}
"""Source packages of the distribution, by program."""

SOURCE_IN_PACKAGE = {"ovs": ("openvswitch-source", "openvswitch/openvswitch.tar*")}
"""Packages that hold a whole source under /usr/src, with the name of the archive there."""

INDEX = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)"
ARCHIVES = ("Debian", "Ubuntu", "$(ORIGIN)")
"""Origins whose sources are wanted; the last is what apt says before its first update."""

USR_SRC = Path("/usr/src")
DOWNLOAD_TIMEOUT_S = 60
"""Longest silence [s] of the other side."""

Run = Callable[..., str]
"""Runs a command of a build (`builds.Commands.run`) and returns what it printed."""


class Source(NamedTuple):
    """An unpacked source."""

    folder: Path
    name: str
    """What it is, for people."""
    sha256: str
    """Of the tarball, or of the .dsc file, which names the hashes of all others; of a commit's name
    where the source is from git."""


def fetch(program: str, chosen: Mapping[str, Any], into: Path, run: Run) -> Source:
    """The source that `chosen` (`software.<program>`) asks for, below the empty folder `into`."""
    kind = chosen["from"]
    if kind == "git":
        return _commit(program, chosen["url"], chosen["commit"], into, run)
    if kind == "tarball":
        return _tarball(program, chosen, into, run)
    if program in SOURCE_IN_PACKAGE:
        return _from_package(*SOURCE_IN_PACKAGE[program], chosen["version"], into, run)
    return _source_package(SOURCE_PACKAGES[program], chosen["version"], into, run)


def _tarball(program: str, chosen: Mapping[str, Any], into: Path, run: Run) -> Source:
    if "url" in chosen:
        where, archive = chosen["url"], into / "download"
        name = Path(urlsplit(where).path).name
        _download(where, authorization(program, where), archive)
    else:
        where, archive = chosen["path"], Path(chosen["path"])
        name = archive.name
        if not archive.is_file():
            raise BuildError(f"{where}: no such file; allowed: a tarball (software.*.path)")
    digest = _sha256(archive)
    if digest != chosen["sha256"]:
        raise BuildError(f"{where}: SHA-256 is {digest}; allowed: {chosen['sha256']} (config.yaml)")
    return Source(_unpacked(archive, into / "source", where, run), name, digest)


def _download(url: str, allowed_by: str | None, archive: Path) -> None:
    request = urllib.request.Request(url)  # noqa: S310 - the schema wants http(s) or file
    if allowed_by:
        request.add_unredirected_header("Authorization", allowed_by)  # for this host alone
    try:
        with (
            urllib.request.urlopen(request, timeout=DOWNLOAD_TIMEOUT_S) as reply,  # noqa: S310 - as above
            archive.open("wb") as file,
        ):
            shutil.copyfileobj(reply, file)
            expected = reply.headers.get("Content-Length")
    except urllib.error.HTTPError as error:
        error.close()
        raise BuildError(f"{url}: download failed: {error.code} {error.reason}") from error
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
        raise BuildError(f"{url}: download failed: {getattr(error, 'reason', error)}") from error
    if expected and int(expected) != archive.stat().st_size:
        raise BuildError(f"{url}: download broke off after {archive.stat().st_size} B")


def _unpacked(archive: Path, into: Path, where: str | Path, run: Run) -> Path:
    """The one folder in an archive (or `into` itself when it holds several things)."""
    into.mkdir()
    command = ("tar", "--extract", "--no-same-owner", "--file", archive.resolve())
    run(*command, cwd=into, what=f"{where}: unpacking")
    found = list(into.iterdir())
    return found[0] if len(found) == 1 and found[0].is_dir() else into


def _commit(program: str, url: str, commit: str, into: Path, run: Run) -> Source:
    folder = into / "source"
    folder.mkdir()
    run("git", "init", "--quiet", cwd=folder)
    fetching = ("git", "fetch", "--quiet", "--no-tags")
    how = {"cwd": folder, "environment": git_environment(program, url)}
    try:
        run(*fetching, "--depth=1", url, commit, **how)
    except BuildError:  # many servers give out branches only
        run(*fetching, url, "+refs/*:refs/fetched/*", what=f"{url}: git fetch", **how)
    run("git", "checkout", "--quiet", "--detach", commit, cwd=folder, what=f"{url}: git checkout")
    return Source(folder, f"{url} {commit}", hashlib.sha256(commit.encode()).hexdigest())


def _from_package(package: str, pattern: str, version: str, into: Path, run: Run) -> Source:
    try:
        said = run("dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", package).split()
    except BuildError:
        said = []
    if said[:1] != ["installed"]:
        raise BuildError(f"package {package} is missing: install it (make setup-extra)")
    _check_version(package, said[1], version)
    archives = sorted(path for path in USR_SRC.glob(pattern) if path.is_file())
    if not archives:
        raise BuildError(f"package {package} {said[1]}: no {USR_SRC}/{pattern}")
    folder = _unpacked(archives[0], into / "source", archives[0], run)
    return Source(folder, f"package {package} {said[1]}", _sha256(archives[0]))


def _source_package(package: str, version: str, into: Path, run: Run) -> Source:
    """By apt, with lists of our own: the host's name no sources, and stay as they are."""
    apt = _own_apt(into, run)
    run(*apt, "update", what="apt-get update (with lists of our own)")
    known = run("apt-cache", *apt[1:], "showsrc", "--only-source", package).splitlines()
    versions = [line.split()[1] for line in known if line.startswith("Version: ")]
    fitting = [found for found in versions if fits(found, version)]
    if not fitting:
        offered = ", ".join(dict.fromkeys(versions)) or "nothing of this name"
        raise BuildError(f"source package {package} {version} is missing; allowed: {offered}")
    source = f"{package}={fitting[0]}"
    run(*apt, "source", "--download-only", source, cwd=into, what=f"apt-get source {source}")
    description = next(into.glob("*.dsc"))
    folder = into / "source"
    # apt has checked the archive's signature
    run("dpkg-source", "--no-check", "--extract", description.name, folder.name, cwd=into)
    return Source(folder, f"source package {package} {fitting[0]}", _sha256(description))


def _own_apt(into: Path, run: Run) -> list[str]:
    """`apt-get` with lists and cache below `into`: the sources of the host's repositories."""
    described = run("apt-get", "indextargets", "--format", INDEX, "Created-By: Packages")
    repositories = list(dict.fromkeys(described.splitlines()))
    lines = []
    for repository in repositories:
        uri, release, component, origin = repository.split("|")
        if origin in ARCHIVES:
            lines.append(f"deb-src {uri} {release} {component}\n")
    own = into / "apt"
    (own / "lists/partial").mkdir(parents=True)
    (own / "cache/archives/partial").mkdir(parents=True)
    (own / "sources.list").write_text("".join(lines), encoding="utf-8")
    settings = {
        "Dir::Etc::SourceList": own / "sources.list",
        "Dir::Etc::SourceParts": "-",
        "Dir::State::Lists": own / "lists",
        "Dir::Cache": own / "cache",
        "APT::Sandbox::User": "",
    }
    return ["apt-get", "-q", *(f"-o{key}={value}" for key, value in settings.items())]


def fits(found: str, wanted: str) -> bool:
    """Is Debian version `found` the wanted one, which may leave out epoch and revision?"""
    upstream = found.partition(":")[2] or found
    return wanted in (found, upstream, upstream.rpartition("-")[0])


def _check_version(package: str, found: str, wanted: str) -> None:
    if not fits(found, wanted):
        raise BuildError(
            f"package {package} {wanted} is missing; allowed: {found}, the one there is"
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
