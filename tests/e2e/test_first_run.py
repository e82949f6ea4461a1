"""The guide's initial run: without a configuration it asks at the terminal, and writes one."""

import os
import signal
import stat

import pytest
import yaml

import tools
from configfile import SECRET
from person import Person
from product import command

ANSWERS = {
    "ThreatQ Host": None,  # the simulator's
    "ThreatQ Client ID": "e2e-client",
    "ThreatQ Username": "connector@example.com",
    "ThreatQ Password": SECRET,
    "Status": "",
}
CA = "CA file"


@pytest.fixture
def etc(tmp_path):
    """In place of /etc/tq_labs."""
    made = tmp_path / "tq_labs"
    made.mkdir()
    return made


@pytest.fixture
def start(etc, tmp_path):
    """start(*arguments) on a terminal; without -c among them the folder is given."""
    made = []

    def run(*args, **kwargs):
        place = () if "-c" in args else ("-c", f"{etc}/")
        made.append(Person(tools.CONSOLE, *place, "-dc", tmp_path / "dxl", *args, **kwargs))
        return made[-1]

    yield run
    for person in made:
        person.close()


def answer_all(person, w, ca=True, **other):
    for question, line in ANSWERS.items():
        line = other.get(question.split()[-1].lower(), w.threatq.url if line is None else line)
        person.answer(f"{question}: ", line)
    if ca:
        person.answer(f"{CA}: ", str(w.certs.crt("ca")))


def written(etc, name="tq-trellix-tie.yaml"):
    return yaml.safe_load((etc / name).read_text())


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def usable(w, etc):
    """The configuration that was written, with the folders and certificates of this test."""
    path = etc / "tq-trellix-tie.yaml"
    config = written(etc)
    config["connector"].update(state_dir=str(w.folder / "state"), run_dir=str(w.folder / "run"))
    config["fabrics"][0]["dxl_config"] = str(w.fabrics["emea"].dxl_config)
    path.write_text(yaml.safe_dump(config))
    return path


def test_the_questions_of_the_guide(world, etc, tmp_path, start):
    w = world({"emea": {"daily_limit": 100000}}, count=300)
    person = start("-cn", "emea", "-v3")
    asked = []
    for question, line in ANSWERS.items():
        asked.append(person.expect(f"{question}: "))
        secret = "Password" in question
        person.wait_echo(not secret)
        person.type(f"{w.threatq.url if line is None else line}\n")
    assert str(etc / "tq-trellix-tie.yaml") in asked[0]
    person.expect("certificate")
    person.answer(f"{CA}: ", str(w.certs.crt("ca")))
    assert person.end() == 0, person.screen
    assert SECRET not in person.screen
    config = written(etc)
    assert config["threatq"] == {
        "host": w.threatq.url, "client_id": "e2e-client", "username": "connector@example.com",
        "password_file": str(etc / "password"), "ca_file": str(w.certs.crt("ca"))}
    assert config["connector"] == {"status": "Review"}
    assert config["fabrics"] == [
        {"name": "emea", "dxl_config": f"{tmp_path}/dxl/emea/dxlclient.config", "daily_limit": 1000}]
    assert (etc / "password").read_text() == SECRET + "\n"
    assert sorted(os.listdir(etc)) == ["password", "tq-trellix-tie.yaml"]
    assert mode(etc / "password") == mode(etc / "tq-trellix-tie.yaml") == 0o600
    for word in ("Connector configured", "tq-trellix-tie-prov", "-cn emea", "tq-trellix-tie check -c", "--cron"):
        assert word in person.screen
    assert w.fabrics["emea"].tie.set_count() == 0, "nothing is pushed before it is looked at"
    # And it is one that works.
    path = usable(w, etc)
    assert command(tools.CONSOLE, "check", "-c", path).code == 0
    assert command(tools.CONSOLE, "-c", path).code == 0
    assert w.fabrics["emea"].tie.set_count() > 0


def test_a_wrong_password_is_said_and_asked_for_again(world, etc, start):
    w = world({"emea": {}}, count=1)
    person = start()
    answer_all(person, w, password="wrong", status="Active")
    person.expect("refuses the log-in")
    assert os.listdir(etc) == []
    # What was answered before is offered; the password is not.
    for question, kept in (("ThreatQ Host", w.threatq.url), ("ThreatQ Client ID", "e2e-client"),
                           ("ThreatQ Username", "connector@example.com")):
        person.answer(f"{question} [{kept}]: ", "")
    person.answer("ThreatQ Password: ", SECRET)
    person.answer("Status [Active]: ", "Review Later")
    assert person.end() == 0, person.screen
    assert written(etc)["connector"]["status"] == "Review Later"
    assert (etc / "password").read_text() == SECRET + "\n"


def test_answers_that_cannot_be_are_asked_for_again(world, etc, start):
    w = world({"emea": {}}, count=1)
    person = start()
    person.answer("ThreatQ Host: ", "")
    person.expect("An answer is needed")
    person.answer("ThreatQ Host: ", "http://threatq.example.com")
    person.expect("write https://")
    person.answer("ThreatQ Host: ", "threatq.example.com/api")
    person.expect("without user, path or spaces")
    person.answer("ThreatQ Host: ", w.threatq.url)
    person.answer("ThreatQ Client ID: ", "")
    person.expect("An answer is needed")
    person.answer("ThreatQ Client ID: ", "a\x16\x1bb")  # Ctrl-V, Escape
    person.expect("control character")
    person.answer("ThreatQ Client ID: ", "e2e-client")
    person.answer("ThreatQ Username: ", ANSWERS["ThreatQ Username"])
    person.answer("ThreatQ Password: ", "")
    person.expect("An answer is needed")
    person.answer("ThreatQ Password: ", SECRET)
    person.answer("Status: ", "")
    person.answer(f"{CA}: ", str(w.certs.crt("ca")))
    assert person.end() == 0, person.screen


def test_a_server_that_is_not_there(world, etc, start):
    w = world({"emea": {}}, count=1)
    person = start()
    answer_all(person, w, ca=False, host="https://127.0.0.1:1")
    person.expect("ThreatQ Host [https://127.0.0.1:1]: ")
    assert "onnect" in person.screen
    person.type(f"{w.threatq.url}\n\n\n")
    person.answer("ThreatQ Password: ", SECRET)
    person.answer("Status [Review]: ", "")
    person.answer(f"{CA}: ", str(w.certs.crt("ca")))
    assert person.end() == 0, person.screen


def test_a_certificate_of_a_private_ca(world, etc, start):
    w = world({"emea": {}}, count=1)
    person = start()
    answer_all(person, w, ca=False)
    person.answer(f"{CA}: ", "/none/ca.pem")
    person.expect("/none/ca.pem: No such file")
    person.answer(f"{CA}: ", "")  # all again
    person.answer("ThreatQ Host [", "")
    person.type("\n\n")
    person.answer("ThreatQ Password: ", SECRET)
    person.answer("Status [Review]: ", "")
    person.answer(f"{CA}: ", str(w.certs.crt("client")))  # not this one
    person.answer(f"{CA}: ", str(w.certs.crt("ca")))
    assert person.end() == 0, person.screen
    assert written(etc)["threatq"]["ca_file"] == str(w.certs.crt("ca"))


def test_what_the_account_may_not_do_is_said(world, etc, start):
    w = world({"emea": {}}, count=1)
    w.threatq.admin.post("/fault", {"kind": "403", "path": "attributes", "method": "DELETE", "count": 0})
    person = start()
    answer_all(person, w)
    assert person.end() == 0, person.screen
    assert "may not write attributes" in person.screen and "Primary Contributor" in person.screen
    assert written(etc)


def test_strange_answers_come_through(world, etc, start):
    password = " a\"b\\c'd: #{é} %s"
    user = "o'neil \"x\\y\": #1 é"
    w = world({"emea": {}}, count=1, password=password, user=user)
    person = start()
    answer_all(person, w, password=password, username=user, status="Über: \"x\"")
    assert person.end() == 0, person.screen
    assert password not in person.screen
    assert (etc / "password").read_text() == password + "\n"
    assert written(etc)["threatq"]["username"] == user
    assert written(etc)["connector"]["status"] == "Über: \"x\""
    assert command(tools.FETCHER, "-c", etc, "--check").code == 0


@pytest.mark.parametrize("how", ["ctrl-c", "ctrl-d"])
@pytest.mark.parametrize("at", [*ANSWERS, CA])
def test_it_can_be_left_at_every_question(world, etc, start, at, how):
    w = world({"emea": {}}, count=1)
    person = start()
    for question, line in [*ANSWERS.items(), (CA, "")]:
        person.expect(f"{question}: ")
        if question == at:
            break
        person.type(f"{w.threatq.url if line is None else line}\n")
    person.wait_echo("Password" not in at)
    saved = os.dup(person.fd)
    person.type("\x03" if how == "ctrl-c" else "\x04")
    assert person.end() == (-signal.SIGINT if how == "ctrl-c" else 2), person.screen
    person.fd, other = saved, person.fd
    os.close(other)
    assert person.echo(), "echo is on again"
    assert os.listdir(etc) == []
    if how == "ctrl-d":
        assert "nothing was written" in person.screen


def test_it_can_be_left_while_it_logs_in(world, etc, start):
    w = world({"emea": {}}, count=1)
    w.closers.append(w.threatq.process.kill)  # it is busy being slow
    w.threatq.fault("slow", path="token", delay_ms=30000, count=0)
    person = start()
    answer_all(person, w)
    person.expect("Logging in")
    secret_in_sight = [pid for pid in filter(str.isdigit, os.listdir("/proc")) if SECRET in words_of(pid)]
    person.type("\x03")
    assert person.end() == 2
    assert "nothing was written" in person.screen
    assert os.listdir(etc) == [] and secret_in_sight == []


def words_of(pid):
    """The command line of a process, as `ps` shows it to everyone; the simulator's own holds the secret."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            words = f.read().decode("utf-8", "replace")
        return "" if "threatq-sim" in words else words
    except OSError:
        return ""


@pytest.mark.parametrize("place", ["folder", "file", "default"])
def test_without_a_terminal_it_says_what_it_needs(etc, place):
    config = {"folder": etc, "file": etc / "mine.yaml", "default": f"{etc}/later/"}[place]
    for args in ([], ["run"], ["--cron", "0 */2 * * *", "--cron-dir", etc]):
        result = command(tools.CONSOLE, "-c", config, *args, timeout=10)
        assert result.code == 2
        file = {"folder": etc / "tq-trellix-tie.yaml", "file": etc / "mine.yaml",
                "default": etc / "later" / "tq-trellix-tie.yaml"}[place]
        assert str(file) in result.stderr and "at a terminal" in result.stderr and "dxl_config:" in result.stderr
    assert os.listdir(etc) == []


def test_only_a_run_asks(etc, start):
    for args in (["status"], ["quota", "show"], ["run", "--json"]):
        person = start(*args, "-c", f"{etc}/")
        assert person.end() == 2
        assert "there is no configuration" in person.screen and "ThreatQ Host:" not in person.screen


def test_nothing_is_overwritten(world, etc, start):
    w = world({"emea": {}}, count=1)
    config, password = etc / "tq-trellix-tie.yaml", etc / "password"
    # A configuration is there: it is not asked for, whatever it says.
    config.write_text("threatq: {}\n")
    config.chmod(0o600)
    person = start()
    assert person.end() == 2
    assert "ThreatQ Host" not in person.screen and config.read_text() == "threatq: {}\n"
    config.unlink()
    # A password of somebody else is there.
    password.write_text("precious\n")
    person = start()
    assert person.end() == 2
    assert str(password) in person.screen and "move it away" in person.screen
    assert "ThreatQ Host" not in person.screen and password.read_text() == "precious\n"
    password.unlink()
    # Either appears while the questions are answered.
    for path in (config, password):
        person = start()
        answer_all(person, w, ca=False)
        person.expect(f"{CA}: ")
        path.write_text("meanwhile\n")
        person.type(f"{w.certs.crt('ca')}\n")
        assert person.end() == 2, person.screen
        assert "meanwhile" in person.screen
        assert os.listdir(etc) == [path.name] and path.read_text() == "meanwhile\n"
        path.unlink()
    # A link that leads nowhere is no place to write through.
    config.symlink_to(etc / "elsewhere")
    person = start()
    assert person.end() == 2
    assert "leads nowhere" in person.screen and os.listdir(etc) == [config.name]


@pytest.mark.parametrize(
    ("args", "said"),
    [(["-c", "{etc}/none/"], "mkdir -p"), (["-c", "{etc}/none/x.yaml"], "mkdir -p"), (["-c", "/dev/null/x.yaml"], "/dev/null"),
     (["-ll", "{etc}/none"], "log folder"), (["-cn", "a/b"], "cannot be a file name"), (["-cn", ""], "empty"),
     (["--cron", "0 99 * * *"], "hour"), (["--cron", "@daily", "--cron-dir", "{etc}/none"], "install cron")])
def test_what_cannot_be_is_said_before_the_questions(etc, start, args, said):
    person = start(*[a.format(etc=etc) for a in args])
    assert person.end() in (1, 2)
    assert said in person.screen and "ThreatQ Host" not in person.screen
    assert os.listdir(etc) == []


def test_the_fabrics_that_were_provisioned(world, etc, tmp_path, start):
    w = world({"emea": {}}, count=1)
    for place in ("emea", "apac", ".hidden", "."):
        (tmp_path / "dxl" / place).mkdir(parents=True, exist_ok=True)
        (tmp_path / "dxl" / place / "dxlclient.config").write_text("")
    (tmp_path / "dxl" / "empty").mkdir()
    person = start()
    answer_all(person, w)
    assert person.end() == 0, person.screen
    dxl = tmp_path / "dxl"
    assert [(f["name"], f["dxl_config"]) for f in written(etc)["fabrics"]] == [
        ("default", f"{dxl}/dxlclient.config"), ("apac", f"{dxl}/apac/dxlclient.config"),
        ("emea", f"{dxl}/emea/dxlclient.config")]
    assert "tq-trellix-tie-prov" not in person.screen


def test_no_fabric_was_provisioned(world, etc, tmp_path, start):
    w = world({"emea": {}}, count=1)
    (etc / "cron.d").mkdir()
    person = start("-c", "mine.yaml", cwd=etc)
    answer_all(person, w)
    assert person.end() == 0, person.screen
    config = written(etc, "mine.yaml")
    assert [f["name"] for f in config["fabrics"]] == ["default"]
    assert config["threatq"]["password_file"] == f"{etc}/mine.password"
    assert f"tq-trellix-tie-prov --epo-ip HOST --epo-login USER -dc {tmp_path}/dxl\n" in person.screen


def test_with_cron(world, etc, tmp_path, start):
    """The guide's `tq-trellix-tie --cron="0 */2 * * *"`, questions and all."""
    w = world({"emea": {}}, count=1)
    jobs = tmp_path / "cron.d"
    jobs.mkdir()
    person = start("--cron=0 */2 * * *", "--cron-dir", jobs, "-cn", "emea")
    person.answer("ThreatQ Host: ", w.threatq.url)
    person.type("\x03")
    assert person.end() == -signal.SIGINT
    assert os.listdir(jobs) == [] and os.listdir(etc) == []
    person = start("--cron=0 */2 * * *", "--cron-dir", jobs, "-cn", "emea")
    answer_all(person, w)
    assert person.end() == 0, person.screen
    job, = os.listdir(jobs)
    assert job == "tq-trellix-tie-emea"
    assert (jobs / job).read_text().startswith("#0 */2 * * * ")
    assert f" -c {etc}/ -cn emea " in (jobs / job).read_text()
    assert "Connector configured" in person.screen
