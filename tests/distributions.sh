#!/usr/bin/env bash
# Inside namespaces of its own (distributions.py): make a system in a tmpfs, enter it, run commands as its user.
# distributions.sh <suite> <mirror> <repository> <cache> <folder for FILES> [<script of debootstrap>]
# From the environment, one a line: COMMANDS to run; what is GIVEN to their environment; FILES that are shared.
set -euo pipefail

suite=$1 mirror=$2 repository=$3 cache=$4 shared=$5 script=${6:-}
root=/mnt    # covered in this namespace alone
user=ordinary uid=1000
mapfile -t given <<<"$GIVEN"
mapfile -t files <<<"$FILES"
mapfile -t commands <<<"$COMMANDS"

mount --make-rprivate /
mount -t tmpfs -o mode=0755,size=8G system "$root"
mkdir -p "$cache/$suite" "$cache/pip"
debootstrap --variant=minbase --cache-dir="$cache/$suite" --include=sudo,git,make,python3 \
    "$suite" "$root" "$mirror" ${script:+"$script"} >"$root/debootstrap.log" || {
    tail -n 5 "$root/debootstrap.log" >&2
    exit 1
}

# What the system needs of this machine.
apt-config dump Acquire >"$root/etc/apt/apt.conf.d/90host"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
for path in "${files[@]}"; do
    [ -n "$path" ] || continue
    place=$root$shared$path
    mkdir -p "${place%/*}"
    if [ -d "$path" ]; then mkdir -p "$place"; else touch "$place"; fi
    mount --bind -o ro "$path" "$place"
done
mount --bind "$cache/$suite" "$root/var/cache/apt/archives"

# What each system has.
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
rm -f "$root/dev/ptmx" && ln -s pts/ptmx "$root/dev/ptmx"
[ ! -e /dev/net/tun ] || { mkdir -p "$root/dev/net" && cp -a /dev/net/tun "$root/dev/net/"; }

chroot "$root" useradd --create-home --shell /bin/bash --uid $uid $user
echo "$user ALL=(ALL) NOPASSWD: ALL" >"$root/etc/sudoers.d/$user"
home=$root/home/$user
# This repository, with what was changed and not committed yet; new files have to be added.
git clone -q "file://$repository" "$home/middlebench"
git -C "$repository" diff --binary HEAD | git -C "$home/middlebench" apply --allow-empty
mkdir -p "$home/.cache/pip"
chown -R $uid:$uid "$home" "$cache/pip"
mount --bind "$cache/pip" "$home/.cache/pip"

# pivot_root, not chroot: in one, nobody may make a user namespace, which the sandbox is.
mkdir "$root/old"
cd "$root"
pivot_root . old
exec </dev/null
umount -l /old
rmdir /old

. /etc/os-release
cd "/home/$user/middlebench"
status=0 results=()
for command in "${commands[@]}"; do
    began=$SECONDS result=0
    echo "test-systems: $PRETTY_NAME: $command"
    # setsid: the process group that began this is outside, and has no number in here
    setsid --wait setpriv --reuid $uid --regid $uid --init-groups env -i "HOME=/home/$user" "USER=$user" LANG=C.UTF-8 \
        PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin ${given[0]:+"${given[@]}"} bash -c "$command" || result=$?
    results+=("test-systems: $PRETTY_NAME: $command: $((SECONDS - began)) s, status $result")
    [ "$result" = 0 ] || status=1
done
printf '%s\n' "${results[@]}"
exit "$status"
