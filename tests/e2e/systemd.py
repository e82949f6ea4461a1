"""A real systemd as the first process of a DebianRoot, in namespaces of its own but for the network."""

import os
import signal
import subprocess
from pathlib import Path

from process import Process
from waiting import wait_until

# The machine's own business: nothing of it is needed, and some would wait for hardware or a person.
MASKED = ["systemd-networkd-wait-online.service", "systemd-firstboot.service", "getty.target", "systemd-logind.service",
          "systemd-networkd.service", "systemd-resolved.service", "systemd-timesyncd.service", "tmp.mount"]
BOOT = r"""
set -e
mount --make-rprivate /
mount --bind "$0" "$0"
mount -t proc proc "$0/proc"
mount -t tmpfs -o mode=755 tmpfs "$0/run"
mount -t sysfs -o ro sysfs "$0/sys" || mount --bind /sys "$0/sys"
mount -t tmpfs tmpfs "$0/sys/fs/cgroup" || true
mount -t cgroup2 cgroup2 "$0/sys/fs/cgroup"
exec env -i container=chroot PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        chroot "$0" /lib/systemd/systemd --system --log-target=console --show-status=0 --unit=multi-user.target
"""


def cgroup2():
    """Where the hierarchy that systemd can use alone is mounted; None: nowhere."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup2" and "rw" in options.split(","):
            return Path(place)
    return None


class Systemd:
    def __init__(self, root, log):
        self.root = root
        (root.folder / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")
        for place in [f"etc/systemd/system/{name}" for name in MASKED] + ["etc/tmpfiles.d/tmp.conf"]:  # it empties /tmp
            (root.folder / place).parent.mkdir(parents=True, exist_ok=True)
            if not os.path.lexists(root.folder / place):
                (root.folder / place).symlink_to("/dev/null")
        self.group = cgroup2() / f"tq-test-{os.getpid()}"
        self.group.mkdir()
        self.holder = Process("systemd", [
            "sh", "-c", f'echo $$ >{self.group}/cgroup.procs && exec unshare --pid --fork --kill-child --mount --uts --ipc '
                        '--cgroup sh -c "$1" "$0"', root.folder, BOOT], log)
        try:
            wait_until(self.is_up, "systemd to be up", 60, 0.1)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self):
        """Of the first process in its namespace, as seen here; None before it is there."""
        children = Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text().split()
        return int(children[0]) if children else None

    def is_up(self):
        assert self.holder.alive(), self.holder.output()
        if not self.pid or not os.readlink(f"/proc/{self.pid}/exe").endswith("/lib/systemd/systemd"):
            return False
        return self.command("systemctl", "is-system-running", check=False).stdout.strip() in ("running", "degraded")

    def command(self, *words, check=True):
        """Runs a command beside it; a subprocess.CompletedProcess with text."""
        done = subprocess.run(["nsenter", "-t", str(self.pid), "-m", "-u", "-i", "-p", "-C", "-r", "-w", "env", "-i",
                               "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive",
                               *map(str, words)], capture_output=True, text=True, timeout=120)
        assert not check or done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def systemctl(self, *words):
        return self.command("systemctl", *words).stdout.strip()

    def show(self, unit, name):
        return self.systemctl("show", "--value", "-p", name, unit)

    def close(self):
        """What it started ends with it."""
        if self.holder.alive() and self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self.holder.wait()
        self.holder.kill()
        for folder in sorted((p for p in self.group.rglob("*") if p.is_dir()), reverse=True):
            folder.rmdir()
        self.group.rmdir()
