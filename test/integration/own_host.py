# SPDX-License-Identifier: GPL-3.0-or-later
"""A host of the test's own, made of the one that it runs on: the packages that are installed, at their own places, with their own
scripts. What is written to /etc, /var and /run, which processes run and which network there is stays within it, and is gone with it.

    own_host.enter()      # from here on the process runs there, below a shell that is process 1
"""
import os
import signal
import sys

OUTSIDE = "192.0.2.7"  # an address that clients of other networks have (RFC 5737)
ADDRESS = "192.0.2.25"  # under which they see this host
NAME = "mx.example.org"

_INSIDE = "MILTER_MANAGER_TEST_OWN_HOST"

# /dev: for syslog's socket. Process 1 is a shell, which collects the daemons that lose their parents.
_SET_UP = f"""\
set -e
hostname {NAME}
ip link set lo up
ip address add {OUTSIDE}/32 dev lo
ip address add {ADDRESS}/32 dev lo
mount -t tmpfs tmpfs /mnt
mkdir -m 1777 -p /mnt/dev/shm
for name in null zero full random urandom tty; do touch /mnt/dev/$name; mount --bind /dev/$name /mnt/dev/$name; done
ln -s /proc/self/fd /mnt/dev/fd
mount --rbind /mnt/dev /dev
for name in etc var; do
  mkdir /mnt/$name.upper /mnt/$name.work
  mount -t overlay overlay -o "lowerdir=/$name,upperdir=/mnt/$name.upper,workdir=/mnt/$name.work" /$name
done
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 1777 /run/lock
systemd-tmpfiles --create --prefix=/run/opendkim --prefix=/run/opendmarc --prefix=/run/clamav
"$@"
exit $?
"""


def enter():
    """Comes back within the host. What called it before runs once more there: call it first. Needs root."""
    if os.environ.pop(_INSIDE, None):
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # as for services of an init: a shell's background jobs ignore it
        return
    os.environ[_INSIDE] = "1"
    os.execvp("unshare", [
        "unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc", "--net", "--uts", "--ipc",
        "bash", "-c", _SET_UP, "bash", sys.executable, "-B", *sys.argv])
