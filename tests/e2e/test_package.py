"""The Debian package: built, installed where nothing else is, used, upgraded, removed and purged. As root."""

import json
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

import debianroot
import tools
from checks import assert_told_exactly
from configfile import SECRET
from debianroot import alternatives, move_in, run
from person import Person

PROGRAMS = ["tie-enricher", "tie-fetcher", "tie-mapper", "tie-publisher", "tq-trellix-tie", "tq-trellix-tie-prov"]
USER = "tq-trellix-tie"
FOLDERS = {"etc/tq_labs": 0o750, "etc/pki/tls/certs/Trellix_dxl_certs": 0o750, "var/lib/tq_labs": 0o700,
           "var/log/tq_labs": 0o750, "run/tq_labs": 0o700}

pytestmark = [pytest.mark.xdist_group("package"), debianroot.NEEDS_ROOT]


def field(package, name):
    return run("dpkg-deb", "-f", package, name).strip()


def owner(debian, path):
    found = (debian.folder / path).stat()
    lines = (debian.folder / "etc/passwd").read_text().splitlines()
    return next(line.split(":")[0] for line in lines if line.split(":")[2] == str(found.st_uid))


# ---- what it holds ----


def test_it_names_version_and_purpose(package):
    version = re.search(r"^  version: '(.+)',$", (tools.ROOT / "meson.build").read_text(), re.M)[1]
    assert field(package, "Version") == version
    assert "ThreatQ" in field(package, "Description") and "Trellix TIE" in field(package, "Description")


def test_programs_are_built_hardened_and_without_symbols(package, tmp_path):
    run("dpkg-deb", "-x", package, tmp_path)
    for name in PROGRAMS:
        header = run("readelf", "-W", "-h", "-l", "-d", tmp_path / "usr/bin" / name)
        assert "DYN" in header and "BIND_NOW" in header and "GNU_RELRO" in header
        assert ".symtab" not in run("readelf", "-W", "-S", tmp_path / "usr/bin" / name)


def owner_of(path):
    """The package that has a library; dpkg knows some by /usr/lib, some by /lib."""
    found = subprocess.run(["dpkg-query", "-S", path, f"/usr{path}"], capture_output=True, text=True).stdout
    return found.split(":")[0]


def test_dependencies_are_what_the_programs_load(package, tmp_path):
    """Neither more nor less; and the two that no program loads: adduser for the installation, CA certificates."""
    run("dpkg-deb", "-x", package, tmp_path)
    libraries = set()
    for name in PROGRAMS:
        libraries |= set(re.findall(r"\(NEEDED\).*\[(.+)\]", run("readelf", "-d", tmp_path / "usr/bin" / name)))
    cache = dict(re.findall(r"^\s+(\S+) \(libc6,.*\) => (?:/usr)?(\S+)$", run("/sbin/ldconfig", "-p"), re.M))
    owners = {owner_of(cache[library]) for library in libraries}
    assert {names[0] for names in alternatives(field(package, "Depends"))} == owners | {"adduser", "ca-certificates"}


def test_build_dependencies_are_those_of_setup():
    """All that `scripts/setup --build` installs is named, but what every Debian build has, or meson brings."""
    text = (tools.ROOT / "scripts/setup").read_text()
    setup = [word for name in ("build", "package") for word in re.search(rf"^{name}=\((.*?)\)", text, re.M | re.S)[1].split()]
    control = (tools.ROOT / "scripts/debian/control").read_text()
    named = re.search(r"^Build-Depends:\n((?: .*\n)+)", control, re.M)[1]
    assert set(setup) - {"gcc", "libc6-dev", "build-essential", "ninja-build"} == {
        names[0].removesuffix("-compat") for names in alternatives(named)} - {"python3"}


def test_lintian_has_nothing_to_say(package):
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", package], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == "", done.stdout + done.stderr


# ---- installed ----


def test_it_installs_where_nothing_else_is(debian):
    assert "Status: install ok installed" in debian.command("dpkg", "-s", "tq-trellix-tie").stdout
    for name in PROGRAMS:
        assert debian.command(name, "--version").stdout.startswith(f"{name} ")
    for path, mode in FOLDERS.items():
        assert stat.S_IMODE((debian.folder / path).stat().st_mode) == mode, path
        assert owner(debian, path) == USER
    assert list((debian.folder / "etc/tq_labs").iterdir()) == [], "the first run writes the configuration"
    account = re.search(rf"^{USER}:.*$", (debian.folder / "etc/passwd").read_text(), re.M)[0].split(":")
    assert account[5:] == ["/var/lib/tq_labs", "/usr/sbin/nologin"]


def test_folders_that_are_there_stay_as_they_are(bare):
    """/etc/tq_labs may hold files of other connectors."""
    (bare.folder / "etc/tq_labs").mkdir(mode=0o755)
    (bare.folder / "etc/tq_labs/other.conf").write_text("x")
    bare.command("dpkg", "-i", "/tmp/package.deb")
    assert owner(bare, "etc/tq_labs") == "root" and stat.S_IMODE((bare.folder / "etc/tq_labs").stat().st_mode) == 0o755
    bare.command("dpkg", "--purge", "tq-trellix-tie")
    assert (bare.folder / "etc/tq_labs/other.conf").read_text() == "x"


def owners_below(debian, path):
    return {owner(debian, found.relative_to(debian.folder)) for found in (debian.folder / path).rglob("*")}


@pytest.mark.parametrize("user", ["root", USER])
def test_it_runs_a_sweep(debian, world, user):
    """Also for root, who works as the user that the configuration belongs to."""
    w = world({"emea": {"daily_limit": 100000}},
              {"connector": {"state_dir": "/var/lib/tq_labs", "run_dir": "/run/tq_labs"}}, count=300)
    move_in(debian, w, USER)
    done = debian.command("tq-trellix-tie", "-c", w.config, "--json", "-ll", "/var/log/tq_labs", user=user)
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["exit"] == 0
    assert len(assert_told_exactly(w, "emea", summary)) > 100
    for path in ("var/lib/tq_labs", "var/log/tq_labs", "run/tq_labs"):
        assert owners_below(debian, path) <= {USER}, path
    assert owners_below(debian, "var/lib/tq_labs") == {USER}
    assert debian.command("tq-trellix-tie", "status", "-c", w.config, user=user).returncode == 0


def test_what_root_configures_is_the_services(debian, world):
    """First run, keys: the files belong to the owner of /etc/tq_labs, who can start from them."""
    w = world({"emea": {}}, count=5)
    move_in(debian, w, USER)
    person = Person(*debian.inside("tq-trellix-tie", "-cn", "emea"))
    for question, line in {"ThreatQ Host": w.threatq.url, "ThreatQ Client ID": "e2e-client",
                           "ThreatQ Username": "connector@example.com", "ThreatQ Password": SECRET, "Status": "",
                           "CA file": str(w.certs.crt("ca"))}.items():
        person.answer(f"{question}: ", line)
    assert person.end() == 0, person.screen
    person.close()
    debian.command("tq-trellix-tie", "keygen")
    for name in ("tq-trellix-tie.yaml", "password", "link.key"):
        found = debian.folder / "etc/tq_labs" / name
        assert owner(debian, f"etc/tq_labs/{name}") == USER and stat.S_IMODE(found.stat().st_mode) == 0o600
    assert owners_below(debian, "var/lib/tq_labs") <= {USER} and owners_below(debian, "run/tq_labs") <= {USER}
    report = debian.command("tie-fetcher", "--report", user=USER)
    assert "pid" in json.loads(report.stdout)


# ---- upgraded, removed, purged ----


def keep_something(debian):
    """Of each kind that the programs or people leave; what of it is state, and what is not."""
    state = ["var/lib/tq_labs/fetcher/data.mdb", "var/lib/tq_labs/publisher-emea/data.mdb", "var/lib/tq_labs/kept/page",
             "var/lib/tq_labs/fetcher.lock", "var/lib/tq_labs/fetcher.status", "var/lib/tq_labs/fetcher.trouble",
             "run/tq_labs/pages.sock", "etc/cron.d/tq-trellix-tie", "etc/cron.d/tq-trellix-tie-emea",
             "etc/systemd/system/tie.target.wants/tie-publisher@emea.service",
             "etc/systemd/system/tie.target.wants/tie-serve.service",
             "etc/systemd/system/multi-user.target.wants/tie.target"]
    own = ["etc/tq_labs/tq-trellix-tie.yaml", "etc/tq_labs/password", "var/log/tq_labs/tie-fetcher.log",
           "etc/pki/tls/certs/Trellix_dxl_certs/emea/client.key"]
    for name in state + own:
        (debian.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (debian.folder / name).write_text(name)
    return state, own


def all_there(debian, names):
    return all((debian.folder / name).read_text() == name for name in names)


def test_an_upgrade_keeps_all(debian):
    state, own = keep_something(debian)
    debian.command("dpkg", "-i", "/tmp/package.deb")
    assert all_there(debian, state + own)


def test_removal_keeps_what_was_not_installed(debian):
    state, own = keep_something(debian)
    debian.command("dpkg", "-r", "tq-trellix-tie")
    assert all_there(debian, state + own)
    assert not (debian.folder / "usr/bin/tie-fetcher").exists()


def test_purge_takes_the_state_and_leaves_what_people_wrote(debian):
    state, own = keep_something(debian)
    debian.command("dpkg", "--purge", "tq-trellix-tie")
    assert all_there(debian, own)
    assert not any((debian.folder / name).exists() for name in state)
    assert not (debian.folder / "var/lib/tq_labs").exists()


def test_purge_of_an_unused_package_leaves_nothing(bare):
    """But the user, whose number must not become somebody else's, and dpkg's own notes."""
    # What adduser leaves of itself is not ours.
    bare.command("adduser", "--system", "--quiet", "--group", "--no-create-home", "other")
    before = bare.files()
    bare.command("dpkg", "-i", "/tmp/package.deb")
    assert bare.files() > before
    bare.command("dpkg", "--purge", "tq-trellix-tie")
    assert {path for path in bare.files() - before if not path.startswith(("var/lib/dpkg/", "var/log/dpkg"))} == set()
    assert re.search(rf"^{USER}:", (bare.folder / "etc/passwd").read_text(), re.M)


def test_usage_and_a_version_that_differs(tmp_path):
    script = tools.ROOT / "scripts/package"
    assert subprocess.run([script, "--help"], capture_output=True).returncode == 0
    assert subprocess.run([script, "--no-such"], capture_output=True).returncode == 2
    copy = tmp_path / "source"
    (copy / "scripts").mkdir(parents=True)
    shutil.copytree(tools.ROOT / "scripts/debian", copy / "scripts/debian")
    shutil.copy(script, copy / "scripts/package")
    (copy / "meson.build").write_text("project(\n  version: '99',\n)\n")
    done = subprocess.run([copy / "scripts/package"], capture_output=True, text=True)
    assert done.returncode == 1 and "99" in done.stderr and not Path(copy / "build-package").exists()
