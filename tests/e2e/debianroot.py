"""A Debian system in a folder, with the packages of this machine that a package needs and no others: what is not
declared is not there."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="a Debian system in a folder is made by root")
INFO = Path("/var/lib/dpkg/info")


def run(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, **options).stdout


def fields(text):
    """The fields of one paragraph of dpkg's control language."""
    return dict(re.findall(r"^([A-Za-z-]+): *(.*(?:\n[ \t].*)*)$", text, re.M))


def installed_packages():
    """name → paragraph of dpkg's status."""
    paragraphs = Path("/var/lib/dpkg/status").read_text().strip().split("\n\n")
    return {found["Package"]: text for text in paragraphs if (found := fields(text))["Status"].endswith(" installed")}


def alternatives(dependencies):
    """[["a"], ["b", "c"]] of "a (>= 1), b | c"."""
    for one in filter(None, (part.strip() for part in dependencies.split(","))):
        yield [re.match(r"[a-z0-9.+-]+", word.strip())[0] for word in one.split("|")]


def closure(packages, wanted):
    """Those of the names, and of what they depend on, that are installed here."""
    providers = {}
    for name, text in packages.items():
        for names in alternatives(fields(text).get("Provides", "")):
            providers.setdefault(names[0], name)
    found, waiting = set(), list(wanted)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        own = fields(packages[name])
        for names in alternatives(f"{own.get('Pre-Depends', '')},{own.get('Depends', '')}"):
            here = [providers.get(n, n) if n not in packages else n for n in names]
            waiting += [n for n in here if n in packages][:1]
    return found


def lists_of(name):
    """The files in which dpkg keeps what it knows of an installed package."""
    return [path for path in INFO.glob(f"{name}*") if re.split(r"[.:]", path.name[len(name):], maxsplit=1)[0] == ""]


class DebianRoot:
    """`wanted`: names of packages besides the essential ones. Needs root."""

    def __init__(self, folder, wanted):
        self.folder = folder
        folder.chmod(0o755)
        packages = installed_packages()
        essential = [name for name, text in packages.items() if fields(text).get("Essential") == "yes"]
        self.packages = closure(packages, [*essential, *wanted])
        self.copy_files()
        dpkg = folder / "var/lib/dpkg"
        for name in ("info", "updates", "triggers"):
            (dpkg / name).mkdir(parents=True, exist_ok=True)
        (dpkg / "status").write_text("\n\n".join(packages[name] for name in sorted(self.packages)) + "\n")
        for path in [INFO / "format", *(path for name in self.packages for path in lists_of(name))]:
            shutil.copy(path, dpkg / "info" / path.name)
        self.settle()

    def copy_files(self):
        """As the packages' lists have them; what this machine left out (manual pages, say) is left out here too."""
        for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
            if Path("/", name).is_symlink():
                (self.folder / name).symlink_to(os.readlink(Path("/", name)))
                (self.folder / "usr" / name).mkdir(parents=True, exist_ok=True)
        paths = {line[1:] for name in self.packages for path in lists_of(name) if path.suffix == ".list"
                 for line in path.read_text().splitlines() if line != "/."}
        kept = sorted(path for path in paths if os.path.lexists("/" + path) and not (self.folder / path).is_symlink())
        packed = subprocess.run(["tar", "-C", "/", "-c", "--no-recursion", "--null", "-T", "-"], check=True,
                                input="\0".join(kept).encode(), stdout=subprocess.PIPE)
        subprocess.run(["tar", "-C", self.folder, "-x", "--keep-directory-symlink"], check=True, input=packed.stdout)

    def settle(self):
        """What the packages' own scripts did when they were installed."""
        for link in filter(Path.is_symlink, Path("/etc/alternatives").iterdir()):
            if (self.folder / os.readlink(link)[1:]).exists():
                (self.folder / "etc/alternatives").mkdir(exist_ok=True)
                shutil.copy(link, self.folder / "etc/alternatives", follow_symlinks=False)
                for name in ("usr/bin", "usr/sbin"):
                    there = Path("/", name, link.name)
                    if there.is_symlink() and not os.path.lexists(self.folder / name / link.name):
                        shutil.copy(there, self.folder / name, follow_symlinks=False)
        for name in ("passwd", "group"):
            shutil.copy(self.folder / f"usr/share/base-passwd/{name}.master", self.folder / "etc" / name)
        for name, minor in (("null", 3), ("zero", 5), ("urandom", 9)):
            device = self.folder / "dev" / name
            if not device.exists():
                os.mknod(device, 0o20666, os.makedev(1, minor))
                device.chmod(0o666)
        if not (self.folder / "dev/fd").exists():
            (self.folder / "dev/fd").symlink_to("/proc/self/fd")
        (self.folder / "tmp").chmod(0o1777)
        authorities = sorted((self.folder / "usr/share/ca-certificates").rglob("*.crt"))
        if authorities:
            (self.folder / "etc/ssl/certs/ca-certificates.crt").write_text("".join(path.read_text() for path in authorities))
        self.command("ldconfig")
        self.command("shadowconfig", "on")
        self.command("pam-auth-update", "--package", "--force")

    def inside(self, *words, user="root"):
        """The command line that runs a command in it, with /proc, which is gone with the command."""
        return ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", 'mount --rbind /proc "$0/proc" && exec chroot "$@"',
                str(self.folder), f"--userspec={user}", str(self.folder), *map(str, words)]

    def command(self, *words, user="root", check=True):
        """Runs a command in it, with an environment of its own; a subprocess.CompletedProcess with text."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(self.inside(*words, user=user), env=environment, capture_output=True, text=True, timeout=120)
        assert not check or done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def files(self):
        """All paths in it."""
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*")}

    def close(self):
        shutil.rmtree(self.folder)


def move_in(debian, world, user):
    """What the World has in that system's folders too, at the same paths, for this user of it."""
    for folder in (world.folder, world.certs.folder):
        shutil.copytree(folder, debian.folder / str(folder)[1:],
                        ignore=lambda _, names: [name for name in names if name.endswith(".sock")])
        debian.command("chown", "-R", f"{user}:", f"/{folder.parts[1]}/{folder.parts[2]}")
