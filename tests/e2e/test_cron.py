"""`--cron`: the job in /etc/cron.d, commented out at first, and what cron would make of it."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

import tools
from person import Person
from product import command

EVERY_TWO_HOURS = "0 */2 * * *"


@pytest.fixture
def folder(tmp_path):
    """In place of /etc/cron.d."""
    made = tmp_path / "cron.d"
    made.mkdir()
    return made


@pytest.fixture
def config(tmp_path):
    made = tmp_path / "etc"
    made.mkdir()
    return write_config(made / "tq-trellix-tie.yaml")


def write_config(path, names=("emea", "apac")):
    fabrics = "".join(f"  - {{name: {name}, dxl_config: /none/{name}/dxlclient.config}}\n" for name in names)
    path.write_text("threatq: {host: tq.example.com, client_id: a, username: u, password: p}\n"
                    f"connector: {{state_dir: {path.parent}/state, run_dir: {path.parent}/run}}\nfabrics:\n{fabrics}")
    path.chmod(0o600)
    return path


def cron(config, folder, *args, schedule=EVERY_TWO_HOURS, code=0, **kwargs):
    result = command(tools.CONSOLE, "-c", config, "--cron-dir", folder, f"--cron={schedule}", *args, **kwargs)
    assert result.code == code, f"exit {result.code}: {result.stdout}{result.stderr}"
    return result


def user():
    return pwd.getpwuid(os.geteuid()).pw_name


def as_cron_does(line):
    """The command of a job: cron takes the backslash before a % away."""
    words = line.split(maxsplit=6)
    assert words[5] == user()
    return words[6].replace("\\%", "%")


def run_line(line):
    return subprocess.run(["/bin/sh", "-c", as_cron_does(line)], cwd="/", capture_output=True, text=True, timeout=120,
                          env={"HOME": "/", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin", "LOGNAME": user()})


def test_at_a_terminal_nothing_is_asked(config, folder):
    person = Person(tools.CONSOLE, "-c", config, "--cron-dir", folder, "--cron", EVERY_TWO_HOURS)
    assert person.end() == 0
    assert "remove the #" in person.screen
    assert (folder / "tq-trellix-tie").read_text().startswith(f"#{EVERY_TWO_HOURS} ")
    person = Person(tools.CONSOLE, "-c", config, "--cron-dir", folder, "--cron", "0 25 * * *")
    assert person.end() == 2
    assert "25" in person.screen
    assert (folder / "tq-trellix-tie").read_text().startswith(f"#{EVERY_TWO_HOURS} ")


def test_the_job_is_commented_out(config, folder):
    result = cron(config, folder)
    job = folder / "tq-trellix-tie"
    assert job.read_text() == f"#{EVERY_TWO_HOURS} {user()} {tools.CONSOLE} -c {config} -v1\n"
    assert stat.S_IMODE(job.stat().st_mode) == 0o644
    assert os.listdir(folder) == ["tq-trellix-tie"], "nothing else is left behind"
    assert str(job) in result.stdout and "remove the #" in result.stdout
    assert not (config.parent / "state").exists(), "it is written, not run"


def test_the_job_carries_the_command_line(config, folder, tmp_path, monkeypatch):
    logs = tmp_path / "100% of 'our' logs"
    logs.mkdir()
    (config.parent / "dxl" / "emea").mkdir(parents=True)
    write_config(config, ["emea"])
    config.write_text(config.read_text().replace("/none", str(config.parent / "dxl")))
    (config.parent / "dxl" / "emea" / "dxlclient.config").write_text("")
    monkeypatch.chdir(tmp_path)
    cron("etc/", folder, "-cn", "emea", "-ll", logs.name, "-v3", "-x", "etc/cache.json", "-dc", "etc/dxl", "--json")
    text = (folder / "tq-trellix-tie-emea").read_text()
    assert text.startswith(f"#{EVERY_TWO_HOURS} ") and text.count("\n") == 1
    assert as_cron_does(text[1:].strip()) == (
        f"{tools.CONSOLE} -c {tmp_path}/etc/ -cn emea -ll '{tmp_path}/100% of '\\''our'\\'' logs' -v3 "
        f"-x {tmp_path}/etc/cache.json -dc {tmp_path}/etc/dxl --json")


def test_a_dry_run_stays_one(config, folder):
    cron(config, folder, "run", "--dry-run")
    assert (folder / "tq-trellix-tie").read_text().endswith(f" -c {config} -v1 run --dry-run\n")


def test_cron_can_run_it(world, folder):
    w = world({"emea": {"daily_limit": 100000}}, count=50)
    logs = w.folder / "50% logs"
    logs.mkdir()
    cron(w.config, folder, "-ll", logs, "--json")
    line = (folder / "tq-trellix-tie").read_text().removeprefix("#").strip()
    done = run_line(line)
    assert done.returncode == 0, done.stdout + done.stderr
    assert w.fabrics["emea"].tie.distinct_count() == len(w.expected("emea"))
    assert {"fetcher.log", "mapper.log", "publisher-emea.log", "enricher.log"} <= set(os.listdir(logs))


@pytest.mark.parametrize("enabled", [True, False], ids=["on", "off"])
def test_a_job_that_is_there_stays_as_it_is_switched(config, folder, enabled):
    cron(config, folder)
    job = folder / "tq-trellix-tie"
    line = job.read_text()
    job.write_text("MAILTO=ops@example.com\n" + (line.removeprefix("#") if enabled else line) + "\n# mine\n@daily root id\n")
    result = cron(config, folder, "-v2", schedule="30 4 * * mon-fri")
    mark = "" if enabled else "#"
    assert job.read_text() == (f"MAILTO=ops@example.com\n{mark}30 4 * * mon-fri {user()} {tools.CONSOLE} -c {config} -v2\n"
                               "\n# mine\n@daily root id\n")
    assert ("stays so" if enabled else "commented out") in result.stdout
    before = job.read_text()
    cron(config, folder, "-v2", schedule="30 4 * * mon-fri")
    assert job.read_text() == before


@pytest.mark.parametrize(
    ("schedule", "said"),
    [("60 * * * *", "minute"), ("0 24 * * *", "hour"), ("0 0 0 * *", "day of the month"), ("0 0 * 13 *", "month"),
     ("0 0 * * 8", "day of the week"), ("0", "in quotes"), ("0 */2 * *", "4 fields"), ("0 0 31 2 *", "never comes"),
     ("0 */2 * * *\n* * * * * root id", "one line"), ("0 */2 * * *%", "'%'"), ("", "0 fields"), ("sometimes", "1 field")])
def test_a_schedule_that_is_none(config, folder, schedule, said):
    result = cron(config, folder, schedule=schedule, code=2)
    assert "--cron" in result.stderr and said in result.stderr
    assert os.listdir(folder) == []


def test_more_than_once_an_hour_is_said(config, folder):
    assert "more than once an hour" in cron(config, folder, schedule="*/10 * * * *").stdout
    assert "more than once an hour" not in cron(config, folder, schedule="@hourly").stdout


def test_a_name_with_a_dot(config, folder):
    """cron passes over files with a dot in their names."""
    write_config(config, ["a.b", "a_b"])
    cron(config, folder, "-cn", "a.b")
    assert os.listdir(folder) == ["tq-trellix-tie-a_b"]
    before = (folder / "tq-trellix-tie-a_b").read_text()
    assert " -cn a.b " in before
    result = cron(config, folder, "-cn", "a_b", code=1)
    assert "another -cn" in result.stderr
    assert (folder / "tq-trellix-tie-a_b").read_text() == before


def test_a_faulty_configuration_gets_no_job(config, folder):
    config.write_text(config.read_text().replace("name: emea", "name: 'a/b'"))
    assert "a/b" in cron(config, folder, code=2).stderr
    write_config(config)
    assert "nowhere" in cron(config, folder, "-cn", "nowhere", code=2).stderr
    assert "no configuration" in cron(config.parent / "none.yaml", folder, code=2).stderr
    assert os.listdir(folder) == []


def test_it_goes_with_run_alone(config, folder):
    cron(config, folder, "run")
    for words in (["status"], ["check"], ["quota", "show"]):
        assert "run alone" in cron(config, folder, *words, code=2).stderr


def test_a_folder_that_cannot_be_written(config, tmp_path):
    result = cron(config, tmp_path / "none", "-ll", tmp_path, code=1)
    assert "install cron" in result.stderr and "crontab -e" in result.stderr
    assert f"\n{EVERY_TWO_HOURS} {tools.CONSOLE} -c {config} -ll {tmp_path} -v2\n" in result.stderr
    # Not by its mode: root writes everywhere.
    result = cron(config, "/proc/self", code=1)
    assert "cannot write" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_another_user_is_told_what_to_do(folder):
    # Not tmp_path, which is for its owner alone.
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        home.chmod(0o755)
        config = write_config(home / "c.yaml")
        os.chown(config, 65534, 65534)
        copy = shutil.copy(tools.CONSOLE, home / "tq-trellix-tie")
        (home / "cron.d").mkdir()
        result = command("/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy, "-c", config,
                         "--cron-dir", home / "cron.d", "--cron", EVERY_TWO_HOURS)
        assert result.code == 1
        assert "Permission denied" in result.stderr and "as root" in result.stderr
        # Root writes it for the owner of the configuration, who alone can read it.
        cron(config, folder)
        assert " nobody " in (folder / "tq-trellix-tie").read_text()


def test_what_is_no_plain_file_is_left_alone(config, folder, tmp_path):
    target = tmp_path / "elsewhere"
    target.write_text("precious\n")
    (folder / "tq-trellix-tie").symlink_to(target)
    assert "a link" in cron(config, folder, code=1).stderr
    assert target.read_text() == "precious\n"
    (folder / "tq-trellix-tie").unlink()
    (folder / "tq-trellix-tie").mkdir()
    assert "folder" in cron(config, folder, code=1).stderr
    (folder / "tq-trellix-tie").rmdir()
    (folder / "tq-trellix-tie").write_bytes(b"\0" * 10)
    assert "no file of cron jobs" in cron(config, folder, code=1).stderr
    (folder / "tq-trellix-tie").write_text("1 1 * * * root tq-trellix-tie\n" * 2)
    assert "two lines" in cron(config, folder, code=1).stderr
    assert os.listdir(folder) == ["tq-trellix-tie"]


def test_it_is_in_the_help(folder):
    text = " ".join(command(tools.CONSOLE, "-h").stdout.split())
    assert "--cron=SCHEDULE" in text and "--cron-dir=DIR" in text and "/etc/cron.d" in text
