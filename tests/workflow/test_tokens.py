"""A token in a URL of `software`: it fetches, and is in nothing that is written or said."""

import base64
import hashlib
import http.server
import json
import subprocess
import tarfile
import threading
from pathlib import Path

import pytest
import yaml

from middlebench.errors import BuildError
from middlebench.software.sources import fetch
from middlebench.url_users import VARIABLE, hide_users, without_user
from workspace import copy_workflow, edit_config, job_counts, make_tiny, snakemake

pytestmark = pytest.mark.slow  # builds, one after the other

TOKEN = "geheim%2F4711"  # noqa: S105 - of this test
PAIR = base64.b64encode(b"user:geheim/4711").decode()
CONFIGURE = """#!/bin/sh
for option; do case $option in --prefix=*) prefix=${option#--prefix=} ;; esac; done
target="\\$(DESTDIR)$prefix/sbin"
echo 'all: ;' > Makefile
echo "install: ; mkdir -p $target && touch $target/ovs-vswitchd" >> Makefile
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    """A folder with a tarball and a bare repository of a stand-in for Open vSwitch."""
    folder = tmp_path_factory.mktemp("source")
    tree = folder / "ovs"
    tree.mkdir()
    (tree / "configure").write_text(CONFIGURE, encoding="utf-8")
    (tree / "configure").chmod(0o755)
    with tarfile.open(folder / "ovs.tar.gz", "w:gz") as tar:
        tar.add(tree, arcname="ovs")
    git = ["git", "-C", str(tree), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *arguments], check=True)
    bare = folder / "ovs.git"
    subprocess.run(["git", "clone", "-q", "--bare", tree, bare], check=True)
    subprocess.run(["git", "-C", bare, "update-server-info"], check=True)
    return folder


@pytest.fixture(scope="module")
def server(source):
    """`host:port` of a server that shows the folder to who has the token."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=str(source))

        def do_GET(self):
            if self.headers["Authorization"] == f"Basic {PAIR}":
                return super().do_GET()
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            return self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def git_source(source: Path, server: str, user: str) -> dict:
    """`software.ovs` for the repository, fetched as `user`."""
    command = ["git", "-C", source / "ovs", "rev-parse", "HEAD"]
    head = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return {"from": "git", "url": f"http://{user}@{server}/ovs.git", "commit": head}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The workflow with three points."""
    made = copy_workflow(tmp_path_factory.mktemp("tokens") / "workflow")
    edit_config(made, make_tiny)
    return made


def run(folder: Path, source: dict, *arguments: str):
    """Snakemake with an overlay, beside the folder, that says where Open vSwitch comes from."""
    overlay = folder.with_name("overlay.yaml")
    overlay.write_text(yaml.safe_dump({"software": {"ovs": source}}), encoding="utf-8")
    return snakemake(folder, *arguments, "--configfile", str(overlay))


def found(folder: Path) -> list[Path]:
    """The files in which there is a token, plain or as git and HTTP have it."""
    secrets = (b"geheim", PAIR.encode(), b"falsch")
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in files if any(secret in path.read_bytes() for secret in secrets)]


@pytest.fixture(scope="module")
def built(folder, source, server):
    """What Snakemake said of a run that built Open vSwitch with a token, and how it was asked."""
    chosen = git_source(source, server, f"user:{TOKEN}")
    names = ("config.yaml", "ovs-manifest.json")
    listings = [f"results/sandbox/report/listings/{name}.html" for name in names]
    made = run(folder, chosen, "--cores", "1", "-p", *listings)
    assert made.returncode == 0, made.stdout + made.stderr
    return made, chosen


@pytest.mark.tried("words")
def test_a_token_of_a_url_is_in_no_file_and_in_nothing_said(folder, built, server):
    """The commit is fetched with it; configuration, manifest, logs, listings have the URL alone."""
    made, chosen = built
    assert found(folder) == []
    assert "geheim" not in made.stdout + made.stderr
    merged = yaml.safe_load((folder / "results/sandbox/config.yaml").read_text(encoding="utf-8"))
    assert merged["software"]["ovs"]["url"] == f"http://{server}/ovs.git"
    manifest = next(folder.glob("results/software/ovs/*/manifest.json"))
    said = f"http://{server}/ovs.git {chosen['commit']}"
    assert said in manifest.read_text(encoding="utf-8")


@pytest.mark.tried("words")
def test_a_token_on_the_command_line_is_in_no_log(folder, built):
    """Snakemake writes its command line down, with the values of --config."""
    _, chosen = built
    said = f"software={{ovs: {json.dumps(chosen)}}}"
    listing = "results/sandbox/report/listings/config.yaml.html"
    made = snakemake(folder, "--cores", "1", listing, "--config", said)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "--config software=" in made.stdout + made.stderr
    assert "geheim" not in made.stdout + made.stderr
    assert found(folder) == []


@pytest.mark.tried("words")
def test_another_token_builds_nothing_anew(folder, built):
    """Nor makes the listing of the configuration again."""
    _, chosen = built
    other = chosen | {"url": chosen["url"].replace(TOKEN, "falsch")}
    overlay = folder.with_name("overlay.yaml")
    overlay.write_text(yaml.safe_dump({"software": {"ovs": other}}), encoding="utf-8")
    listing = "results/sandbox/report/listings/config.yaml.html"
    assert job_counts(folder, listing, "--configfile", str(overlay)) == {}


@pytest.mark.tried("words")
def test_a_wrong_token_is_not_said_either(folder, built):
    """git's own reason is told without it."""
    _, chosen = built
    other = chosen | {"url": chosen["url"].replace(TOKEN, "falsch"), "commit": "0" * 40}
    target = "results/sandbox/report/listings/ovs-manifest.json.html"
    failed = run(folder, other, "--cores", "1", "-p", target)
    assert failed.returncode == 1
    assert "/ovs.git: git fetch fails: fatal: " in failed.stdout + failed.stderr
    assert "falsch" not in failed.stdout + failed.stderr
    assert found(folder) == []


@pytest.mark.tried("words")
def test_a_tarball_is_downloaded_with_its_token(source, server, tmp_path, monkeypatch):
    """And the line about a failed download has the URL alone."""
    monkeypatch.delenv(VARIABLE, raising=False)
    digest = hashlib.sha256((source / "ovs.tar.gz").read_bytes()).hexdigest()
    chosen = {"from": "tarball", "url": f"http://user:{TOKEN}@{server}/ovs.tar.gz"}
    config = {"software": {"ovs": chosen | {"sha256": digest}, "dpdk": {"from": "x"}, "mos": None}}
    hide_users(config)
    hidden = config["software"]["ovs"]
    assert hidden["url"] == f"http://{server}/ovs.tar.gz"

    def unpack(*command, cwd, what):
        subprocess.run(command, cwd=cwd, check=True)

    (tmp_path / "one").mkdir()
    assert fetch("ovs", hidden, tmp_path / "one", unpack).name == "ovs.tar.gz"
    with pytest.raises(BuildError, match=f"^http://{server}/ovs.tar.gz: download failed: 401 "):
        fetch("dpdk", hidden, tmp_path, unpack)


def test_only_the_user_is_taken_out_of_a_url():
    """Whatever it looks like; a URL without one stays."""
    for url in ("https://example.org/x", "file:///srv/x", "no url"):
        assert without_user(url) == url
    for user in ("token", "user:token", "user:to%2Fken", "user:to/ken", "a:b@c"):
        assert without_user(f"https://{user}@example.org/x") == "https://example.org/x"
