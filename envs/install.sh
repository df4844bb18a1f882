#!/usr/bin/env bash
# Install what is missing, and nothing else: the packages of apt.txt, then .venv from requirements.txt.
# `install.sh extra`: those of apt-extra.txt too.
# apt is asked only when a package is missing. A finished .venv carries a stamp with the checksum of the lock
# file, so a second call installs nothing, and one that was interrupted starts over.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv
packages=("$root/envs/apt.txt")
[ "${1:-}" != extra ] || packages+=("$root/envs/apt-extra.txt")
lock=$root/envs/requirements.txt
os_release=${OS_RELEASE:-/etc/os-release}    # tests put another one here

die() {
    echo "middlebench: setup: $*" >&2
    exit 1
}

# Column of apt.txt that holds this distribution's versions.
version_column() {
    local id name
    [ -r "$os_release" ] || die "unknown system; allowed: Debian 12, Ubuntu 24.04"
    id=$(. "$os_release" && echo "${ID:-} ${VERSION_ID:-}")
    name=$(. "$os_release" && echo "${PRETTY_NAME:-$id}")
    case $id in
        "debian 12") echo 2 ;;
        "ubuntu 24.04") echo 3 ;;
        *) die "$name is not supported; allowed: Debian 12, Ubuntu 24.04" ;;
    esac
}

# Prints `package=version` of every package that is not installed in a version that apt.txt allows.
missing_packages() {
    local column=$1 line package pin installed
    while read -r line; do
        line=${line%%#*}
        read -r -a fields <<<"$line"
        [ "${#fields[@]}" -gt 0 ] || continue
        package=${fields[0]}
        pin=${fields[$((column - 1))]}
        [ "$pin" != - ] || continue
        installed=$(dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$package" 2>/dev/null || true)
        # shellcheck disable=SC2053  # the pin is a glob
        [[ $installed == "installed "$pin ]] || echo "$package=$pin"
    done < <(cat "${packages[@]}")
}

install_packages() {
    local column wanted sudo=()
    column=$(version_column)
    mapfile -t wanted < <(missing_packages "$column")
    [ "${#wanted[@]}" -gt 0 ] || return 0
    echo "middlebench: setup: installing ${wanted[*]}"
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "no sudo; as root: apt-get install ${wanted[*]}"
        sudo=(sudo)
    fi
    # The lock (descriptor 9) is closed for apt: a service it starts would hold it for ever.
    "${sudo[@]}" apt-get -q update 9<&- || die "apt-get update failed (see above)"
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
        "${wanted[@]}" 9<&- || die "apt-get could not install ${wanted[*]} (see above)"
}

# The newest python3 that will do; Debian 12 has 3.11, Ubuntu 24.04 has 3.12.
check_python() {
    command -v python3 >/dev/null || die "no python3; allowed: 3.11 or newer"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        die "$(python3 --version 2>&1) is too old; allowed: Python 3.11 or newer"
}

install_venv() {
    local stamp
    stamp=$venv/requirements-$(sha256sum <"$lock" | cut -c 1-16)
    if [ -e "$stamp" ] && "$venv/bin/python" -c '' 2>/dev/null; then
        return 0
    fi
    check_python
    echo "middlebench: setup: making .venv"
    rm -rf "$venv"
    hash -r    # python3 may have been the one of .venv, which is first in make's PATH
    trap 'rm -rf "$venv"' EXIT
    trap 'exit 130' INT TERM HUP
    python3 -m venv "$venv" || die "python3 -m venv failed (see above)"
    "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$lock" ||
        die "pip could not install envs/requirements.txt (see above)"
    touch "$stamp"
    trap - EXIT INT TERM HUP
}

# One call at a time: a second one waits, and then finds everything there.
exec 9<"${BASH_SOURCE[0]}"
if command -v flock >/dev/null; then flock 9; fi

install_packages
install_venv
