#!/usr/bin/env bash
# Install what is missing, and nothing else: the packages of apt.txt, then .venv from requirements.txt.
# `install.sh extra`: those of apt-extra.txt too.
# apt is asked only when a package is missing. A finished .venv carries a stamp with the checksum of the lock
# file and the version of its Python, so a second call installs nothing, and one that was interrupted starts over.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv
packages=("$root/envs/apt.txt")
[ "${1:-}" != extra ] || packages+=("$root/envs/apt-extra.txt")
lock=$root/envs/requirements.txt
PATH=:$PATH:
# make puts it first, and so may have the user's shell; what is there may be another Python's, and is removed below
while [[ $PATH == *":$venv/bin:"* ]]; do PATH=${PATH//":$venv/bin:"/:}; done
PATH=${PATH#:} PATH=${PATH%:}
os_release=${OS_RELEASE:-/etc/os-release}    # tests put another one here

die() {
    echo "middlebench: setup: $*" >&2
    exit 1
}

# Sets `system`, its name; `column`, that of the packages' files; `untried`, when it has none of its own and takes
# the last one, which has the least versions that will do.
choose_column() {
    local id kinds number columns
    mapfile -t columns < <(sed -n 's/^# package *//p' "${packages[0]}" | sed 's/   */\n/g')
    [ -r "$os_release" ] || die "unknown system; allowed: Debian, Ubuntu and what is made from them"
    id=$(. "$os_release" && echo "${ID:-} ${VERSION_ID:-}")
    kinds=$(. "$os_release" && echo " ${ID:-} ${ID_LIKE:-} ")
    system=$(. "$os_release" && echo "${PRETTY_NAME:-$id}")
    untried=
    for number in "${!columns[@]}"; do
        column=$((number + 1))
        [ "${columns[number],,}" != "$id" ] || return 0
    done
    untried=yes
    [[ $kinds == *" debian "* || $kinds == *" ubuntu "* ]] ||
        die "$system is not supported; allowed: Debian, Ubuntu and what is made from them"
}

# Prints a line of every package that is not installed in a version that will do: what apt is asked for, its name,
# and the least version, if that is what is asked for.
missing_packages() {
    local line package pin installed
    while read -r line; do
        line=${line%%#*}
        read -r -a fields <<<"$line"
        [ "${#fields[@]}" -gt 0 ] || continue
        package=${fields[0]} pin=${fields[column]}
        [ "$pin" != - ] || continue
        installed=$(dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$package" 2>/dev/null || true)
        if [ -n "$untried" ]; then
            [[ $installed == "installed "* ]] && new_enough "${installed#* }" "$pin" ||
                echo "$package $package $pin"
        else
            # shellcheck disable=SC2053  # the pin is a glob
            [[ $installed == "installed "$pin ]] || echo "$package=$pin $package"
        fi
    done < <(cat "${packages[@]}")
}

new_enough() {
    [ "$2" = '*' ] || dpkg --compare-versions "$1" ge "$2"
}

# Ends with all that an untried system has not, or only in a version that is too old.
check_candidates() {
    local asked package least candidate lacking=()
    while read -r asked package least; do
        candidate=$(apt-cache policy "$package" | sed -n 's/^ *Candidate: *//p')
        if [ -z "$candidate" ] || [ "$candidate" = "(none)" ]; then
            lacking+=("$package")
        elif ! new_enough "$candidate" "$least"; then
            lacking+=("$package $least or newer (it has $candidate)")
        fi
    done
    [ "${#lacking[@]}" = 0 ] || die "$system lacks $(printf '%s, ' "${lacking[@]}" | sed 's/, $//')"
}

install_packages() {
    local missing wanted sudo=()
    choose_column
    mapfile -t missing < <(missing_packages)
    [ "${#missing[@]}" -gt 0 ] || return 0
    wanted=("${missing[@]%% *}")
    [ -z "$untried" ] || echo "middlebench: setup: $system is untried: going on with what it has" >&2
    echo "middlebench: setup: installing ${wanted[*]}"
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || die "no sudo; as root: apt-get install ${wanted[*]}"
        sudo=(sudo)
    fi
    # The lock (descriptor 9) is closed for apt: a service it starts would hold it for ever.
    "${sudo[@]}" apt-get -q update 9<&- || die "apt-get update failed (see above)"
    [ -z "$untried" ] || check_candidates < <(printf '%s\n' "${missing[@]}")
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
        "${wanted[@]}" 9<&- || die "apt-get could not install ${wanted[*]} (see above)"
}

# Any python3 from the lock file's on.
check_python() {
    command -v python3 >/dev/null || die "no python3; allowed: 3.11 or newer"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        die "$(python3 --version 2>&1) is too old; allowed: Python 3.11 or newer"
}

install_venv() {
    local stamp version='import sys; print(*sys.version_info[:2])'
    stamp=$venv/requirements-$(sha256sum <"$lock" | cut -c 1-16)
    # A system that was upgraded has another Python where .venv found its own, without its packages.
    if [ -s "$stamp" ] && [ "$(cat "$stamp")" = "$("$venv/bin/python" -c "$version" 2>/dev/null)" ]; then
        return 0
    fi
    check_python
    echo "middlebench: setup: making .venv"
    rm -rf "$venv"
    trap 'rm -rf "$venv"' EXIT
    trap 'exit 130' INT TERM HUP
    python3 -m venv "$venv" || die "python3 -m venv failed (see above)"
    "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$lock" ||
        die "pip could not install envs/requirements.txt (see above)"
    "$venv/bin/python" -c "$version" >"$stamp"
    trap - EXIT INT TERM HUP
}

# One call at a time: a second one waits, and then finds everything there.
exec 9<"${BASH_SOURCE[0]}"
if command -v flock >/dev/null; then flock 9; fi

install_packages
install_venv
