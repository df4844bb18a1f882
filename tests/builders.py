"""Small stand-ins for the sources of Open vSwitch and DPDK, and builds of them."""

import hashlib
import json
import tarfile
from pathlib import Path

import pytest

from middlebench.errors import BuildError
from middlebench.software.builds import build, workshop

CONFIGURE = """#!/bin/sh
for option; do case $option in --prefix=*) prefix=${option#--prefix=} ;; esac; done
echo "options: $*; CFLAGS: $CFLAGS"
{
    echo 'all: ; echo "int main(void) { return 0; }" > main.c && gcc -o ovs-vswitchd main.c'
    echo "install: ; mkdir -p \\$(DESTDIR)$prefix/sbin && cp ovs-vswitchd \\$(DESTDIR)$prefix/sbin"
} > Makefile
"""

MESON = """
project('DPDK', version: '22.11.9')
drivers = get_option('enable_drivers').split(',')
message('apps: ' + get_option('disable_apps') + ', tests: @0@'.format(get_option('tests')))
pc = {'version': meson.project_version()}
configure_file(output: 'libdpdk.pc', input: 'libdpdk.pc.in', configuration: pc, install: true,
  install_dir: get_option('libdir') / 'pkgconfig')
foreach driver : drivers
  if driver != 'net/none'
    configure_file(output: 'librte_' + '_'.join(driver.split('/')) + '.so', input: 'libdpdk.pc.in',
      copy: true, install: true, install_dir: get_option('libdir') / 'dpdk/pmds-23.0')
  endif
endforeach
"""
MESON_OPTIONS = """
option('enable_drivers', type: 'string')
option('disable_apps', type: 'string')
option('tests', type: 'boolean')
"""
PC = "prefix=${pcfiledir}/../..\nName: DPDK\nDescription: DPDK\nVersion: @version@\n"

OVS = {"configure": CONFIGURE}
DPDK = {"meson.build": MESON, "meson_options.txt": MESON_OPTIONS, "libdpdk.pc.in": PC}
DRIVERS = ["net/vhost", "net/virtio"]


def write_tree(folder, files):
    """A source: its files, all of them executable."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755)
    return folder


def sha256(path):
    """As config.yaml would say it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_tarball(folder, files, name="program-9.9"):
    """What config.yaml says about a tarball, made in `folder`, of a source with these files."""
    source = write_tree(folder / "sources" / name, files)
    path = folder / f"{name}.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(source, arcname=name)
    chosen = {"from": "tarball", "version": "9.9", "path": str(path)}
    return chosen | {"sha256": sha256(path)}


class Builder:
    """Builds below a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.software = folder / "software"
        self.log = folder / "build.log"

    def prefix(self, program="ovs", name="9.9-00000000"):
        """Where a build is installed."""
        return self.software / program / name

    def build(self, chosen, program="ovs", settings=None, dpdk=None, name="9.9-00000000"):
        """Build; the manifest."""
        drivers = {"drivers": DRIVERS} if program == "dpdk" else {}
        settings = {"version": "9.9", "options": []} | drivers | (settings or {})
        with workshop(self.prefix(program, name), self.log) as at:
            build(program, chosen, settings, at, dpdk)
        text = (self.prefix(program, name) / "manifest.json").read_text(encoding="utf-8")
        return json.loads(text)

    def fault(self, *arguments, **options):
        """The line of a build that fails, and leaves nothing behind."""
        with pytest.raises(BuildError) as caught:
            self.build(*arguments, **options)
        assert [path for path in self.software.rglob("*") if path.parent != self.software] == []
        assert "\n" not in str(caught.value)
        return str(caught.value)
