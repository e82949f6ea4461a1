"""What `meson install` brings besides the programs: manual pages, completion, units, an example."""

import os
import re
import subprocess

import pytest
import yaml

import tools
from product import command

PROGRAMS = {"tie-enricher": 8, "tie-fetcher": 8, "tie-mapper": 8, "tie-publisher": 8, "tq-trellix-tie": 1,
            "tq-trellix-tie-prov": 1}
COMMANDS = ["check", "explain", "export", "failed", "keygen", "plan", "quota", "run", "serve", "status", "supervisor",
            "tap"]
UNITS = ["tie-enricher@.service", "tie-fetcher.service", "tie-mapper@.service", "tie-publisher@.service",
         "tie-serve.service", "tie.target"]

pytestmark = pytest.mark.xdist_group("install")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder that stands for /, and the prefix in it."""
    root = tmp_path_factory.mktemp("root")
    subprocess.run(["meson", "install", "-C", tools.BUILD, "--no-rebuild", "--quiet", "--destdir", root], check=True,
                   capture_output=True)
    return root / "usr/local"


def test_all_files(installed):
    files = {str(path.relative_to(installed)) for path in installed.rglob("*") if not path.is_dir()}
    assert files == {
        *(f"bin/{name}" for name in PROGRAMS),
        *(f"share/man/man{section}/{name}.{section}" for name, section in PROGRAMS.items()),
        "share/man/man5/tq-trellix-tie.yaml.5",
        *(f"share/bash-completion/completions/{name}" for name in PROGRAMS),
        *(f"lib/systemd/system/{name}" for name in UNITS),
        "lib/sysusers.d/tq-trellix-tie.conf",
        "lib/tmpfiles.d/tq-trellix-tie.conf",
        "share/doc/tq-trellix-tie/README.md",
        "share/doc/tq-trellix-tie/examples/tq-trellix-tie.yaml",
        "share/doc/tq-trellix-tie/examples/grafana-dashboard.json",
    }


# ---- manual pages ----


def page(installed, name):
    return next(installed.glob(f"share/man/man*/{name}.?"))


def shown(path, width=80):
    """The page as `man` shows it, without the underlining of a terminal."""
    done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", path], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "MANWIDTH": str(width), "MANPAGER": "cat", "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0 and done.stderr == ""
    return re.sub(r".\x08|\x1b\[[0-9;]*m", "", done.stdout)


def plain(text):
    return " ".join(text.split())


def sections(text):
    return re.findall(r"^[A-Z][A-Z ]+$", text, re.M)


@pytest.mark.parametrize("name", [*PROGRAMS, "tq-trellix-tie.yaml"])
def test_page_is_one_that_man_and_mandoc_take(installed, name):
    text = shown(page(installed, name))
    assert sections(text)[0] == "NAME" and sections(text)[-1] == "SEE ALSO"
    assert re.search(rf"^ +{re.escape(name)} - \S.+\S", text, re.M)
    assert max(map(len, text.splitlines())) <= 90, "reads well at 80 columns: only a line of a command may be longer"
    lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page(installed, name)], capture_output=True, text=True)
    assert lint.stdout + lint.stderr == ""


@pytest.mark.parametrize("name", PROGRAMS)
def test_page_says_what_the_help_says(installed, name):
    """Every option with its text, and every paragraph."""
    text = plain(shown(page(installed, name), width=4000))
    said = command(installed / "bin" / name, "--help").stdout
    for option in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", said):
        assert option in text, option
    for paragraph in re.split(r"\n\n", said.split("for any corresponding short options.")[1]):
        if re.match(r"\n?[A-Z]", paragraph) and not re.match(r"\n?(Exit status|Signals|Files|Environment|Example)", paragraph):
            assert plain(paragraph).replace("`", "") in text
    assert "EXIT STATUS" in text
    version = re.search(r"^  version: '(.+)',$", (tools.ROOT / "meson.build").read_text(), re.M)[1]
    assert f"tq-trellix-tie {version}" in text


def test_page_of_the_console_has_every_command(installed):
    text = shown(page(installed, "tq-trellix-tie"))
    assert re.findall(r"^   ([a-z]+)$", text, re.M) == COMMANDS
    for name in COMMANDS:
        said = command(installed / "bin/tq-trellix-tie", name, "--help").stdout
        for option in re.findall(r"^ {2,6}.*?(--[a-z-]+)", said, re.M):
            assert option in text, (name, option)


def test_page_of_the_configuration_is_the_example(installed):
    text = shown(page(installed, "tq-trellix-tie.yaml"), width=4000)
    example = (installed / "share/doc/tq-trellix-tie/examples/tq-trellix-tie.yaml").read_text().partition("\n\n")[2]
    assert all(line.strip() in text for line in example.splitlines())


# ---- completion ----


CONFIG = """
threatq: {host: h}
fabrics:
  - name: emea
    selection:
      status: [name]
  - {name: "apac-2", daily_limit: 5}
links:
  publishers:
    - name: wrong
"""


@pytest.fixture(scope="module")
def complete(installed, tmp_path_factory):
    """complete("tq-trellix-tie ex"): what bash offers for the last word."""
    folder = tmp_path_factory.mktemp("etc")
    (folder / "tq-trellix-tie.yaml").write_text(CONFIG)
    (folder / "logs").mkdir()
    script = installed / "share/bash-completion/completions/tq-trellix-tie"

    def offered(line):
        # As readline parts a line: at blanks, and at "=".
        words = re.findall(r"=|[^\s=]+", line) + ([""] if line[-1] == " " else [])
        done = subprocess.run(
            ["bash", "-c", 'compopt() { :; }; . "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                           '_tq_trellix_tie "$1" && printf "%s\\n" "${COMPREPLY[@]}"', script, *words],
            cwd=folder, capture_output=True, text=True, timeout=20)
        assert done.returncode == 0 and done.stderr == ""
        return sorted(done.stdout.split())

    return offered


@pytest.mark.parametrize("line, wanted", [
    ("tq-trellix-tie ", COMMANDS),
    ("tq-trellix-tie ex", ["explain", "export"]),
    ("tq-trellix-tie -c run sta", ["status"]),
    ("tq-trellix-tie failed ", ["drop", "list", "retry", "show"]),
    ("tq-trellix-tie quota r", ["reset"]),
    ("tq-trellix-tie tap ", ["acks", "in", "outcomes", "pages", "written"]),
    ("tq-trellix-tie status --w", ["--watch"]),
    ("tq-trellix-tie status --cron", []),
    ("tq-trellix-tie run --cron", ["--cron", "--cron-dir"]),
    ("tq-trellix-tie plan --format ", ["csv", "jsonl", "table"]),
    ("tq-trellix-tie plan --format=j", ["jsonl"]),
    ("tq-trellix-tie supervisor --without ", ["enricher", "fetcher", "mapper", "publisher"]),
    ("tq-trellix-tie -c . -cn ", ["apac-2", "emea"]),
    ("tq-trellix-tie --config=. status --con-name=e", ["emea"]),
    ("tq-trellix-tie -c tq-trellix-tie.yaml export --fabric ", ["apac-2", "emea"]),
    ("tq-trellix-tie -cn ", []),
    ("tq-trellix-tie -c tq", ["tq-trellix-tie.yaml"]),
    ("tq-trellix-tie -ll ", ["logs", "stdout"]),
    ("tq-trellix-tie-prov u", ["updateconfig"]),
    ("tq-trellix-tie-prov --epo-pass", ["--epo-pass", "--epo-pass-file"]),
    ("/usr/bin/tie-publisher -c . --fabric ", ["apac-2", "emea"]),
    ("tie-publisher --plan ", ["csv", "csv-rows", "jsonl", "table"]),
    ("tie-mapper --st", ["--stdio"]),
])
def test_completion(complete, line, wanted):
    assert complete(line) == wanted


@pytest.mark.parametrize("name", PROGRAMS)
def test_completion_knows_every_option(installed, complete, name):
    said = command(installed / "bin" / name, "--help").stdout.split("Mandatory or optional")[0]
    options = set(re.findall(r"^ {2,6}(?:-\S+, )?(--[a-z-]+)", said, re.M))
    assert len(options) >= 5
    assert set(complete(f"{name} --")) == options


def test_completion_is_clean(installed):
    script = installed / "share/bash-completion/completions/tq-trellix-tie"
    checked = subprocess.run(["shellcheck", "-s", "bash", script], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", PROGRAMS)
def test_completion_is_loaded_by_its_name(installed, name):
    """By bash-completion's rule: a file of the command's name that says `complete` for it."""
    done = subprocess.run(["bash", "-c", f'. "$0" && complete -p {name}',
                           installed / "share/bash-completion/completions" / name], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout == f"complete -F _tq_trellix_tie {name}\n"


# ---- units ----


def test_units_start_what_is_installed(installed, tmp_path):
    folder = installed / "lib/systemd/system"
    for name in UNITS:
        text = (folder / name).read_text()
        # It is installed in a folder of this test.
        (tmp_path / name).write_text(text.replace("/usr/local/bin/", f"{installed}/bin/").replace("User=tq-trellix-tie\n", ""))
    started = [tmp_path / name.replace("@", "@emea" if "publisher" in name else "@1") for name in UNITS]
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *started], capture_output=True,
                              text=True, timeout=60, env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"})
    assert verified.returncode == 0 and str(tmp_path) not in verified.stderr, verified.stderr


def test_units_are_those_that_the_command_prints(installed, world):
    """For one fabric, at the usual places; only the target differs, which leaves publishers and serve to be enabled."""
    w = world({"emea": {}}, {"connector": {"state_dir": "/var/lib/tq_labs", "run_dir": "/run/tq_labs"}}, count=1)
    printed = w.folder / "units"
    printed.mkdir()
    result = command(installed / "bin/tq-trellix-tie", "supervisor", "--systemd", "-c", w.config, "--user", "tq-trellix-tie",
                     "-v2", "--serve", "--write-to", printed)
    assert result.code == 0, result.stderr
    for name in UNITS:
        text = (printed / name).read_text().replace(str(w.config), "/etc/tq_labs/tq-trellix-tie.yaml")
        text = text.replace(f"{installed}/bin/", "/usr/local/bin/")
        text = text.replace("tie-publisher@emea.service ", "").replace(" tie-serve.service", "")
        assert text == (installed / "lib/systemd/system" / name).read_text()


def test_user_and_folders_are_those_of_the_units(installed):
    user = re.search(r"^u (\S+) ", (installed / "lib/sysusers.d/tq-trellix-tie.conf").read_text(), re.M)[1]
    unit = (installed / "lib/systemd/system/tie-fetcher.service").read_text()
    assert f"User={user}\n" in unit
    folders = (installed / "lib/tmpfiles.d/tq-trellix-tie.conf").read_text()
    assert f"d /var/lib/tq_labs :0700 :{user} :{user}\n" in folders and "StateDirectory=tq_labs\n" in unit
    checked = subprocess.run(["systemd-sysusers", "--dry-run", installed / "lib/sysusers.d/tq-trellix-tie.conf"],
                             capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


# ---- the example ----


def test_example_is_taken_and_holds_the_defaults(installed, tmp_path):
    """With a password and nothing else changed; and it says the same when all that has a default is left out."""
    text = (installed / "share/doc/tq-trellix-tie/examples/tq-trellix-tie.yaml").read_text()
    secret = tmp_path / "password"
    secret.write_text("x\n")
    secret.chmod(0o600)
    text = text.replace("/etc/tq_labs/password", str(secret))
    whole, least = tmp_path / "whole.yaml", tmp_path / "least.yaml"
    whole.write_text(text)
    kept = yaml.safe_load(text)
    kept = {"threatq": {key: kept["threatq"][key] for key in ("host", "client_id", "username", "password_file")},
            "reputation": kept["reputation"],
            "fabrics": [{key: kept["fabrics"][0][key] for key in ("name", "dxl_config")}]}
    least.write_text(yaml.safe_dump(kept))
    outputs = []
    for path in (whole, least):
        for how in ([], ["--systemd"]):
            result = command(installed / "bin/tq-trellix-tie", "supervisor", *how, "-c", path)
            assert result.code == 0, result.stderr
            outputs.append(result.stdout.replace(str(path), "FILE"))
    assert outputs[:2] == outputs[2:]


def test_example_with_its_comments_taken_off_is_taken(installed, tmp_path):
    """The keys that stand in comments are keys, too."""
    text = (installed / "share/doc/tq-trellix-tie/examples/tq-trellix-tie.yaml").read_text()
    keys = set(re.findall(r"^(?: |#)*([a-z_]+):", text, re.M))
    assert {"remote_config", "data_collection", "source", "ca_file", "client_secret_file", "links", "key_file", "allow",
            "endpoint", "public_key", "listen"} <= keys
    bare = re.sub(r"^( *)# ((?:  )*(?:- )?[a-z_]+:(?: (?:\S+|\[.*\]|Trellix TIE|Hashes for TIE))?)$", r"\1\2", text, flags=re.M)
    path = tmp_path / "tq-trellix-tie.yaml"
    path.write_text(bare)
    said = command(installed / "bin/tie-mapper", "-c", path, "--report").stderr
    assert "unknown" not in said and "no such key" not in said, said


def test_readme_shows_the_example(installed):
    readme = (tools.ROOT / "README.md").read_text()
    example = (installed / "share/doc/tq-trellix-tie/examples/tq-trellix-tie.yaml").read_text().partition("\n\n")[2]
    assert f"```yaml\n{example}```\n" in readme
