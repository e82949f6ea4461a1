"""The guide's "Command Line Arguments", "Usage", logs and prerequisites, row by row."""

import os
import shutil
import subprocess

import pytest

import tools
from broker import GUID
from certs import Certs
from epo import PASSWORD, USER, EpoSim
from guide import Table, refused
from person import Person
from product import command

FAST = {"connector": {"patience": "3s"}, "publisher": {"request_timeout": "1s", "retry_delay": "50ms"}}
SET = "/mcafee/service/tie/file/reputation/set"
STAGES = {"console.log", "fetcher.log", "mapper.log", "publisher-emea.log", "publisher-apac.log", "enricher.log"}

table = Table()


@pytest.fixture(scope="module")
def world_of_two(guide_world):
    w = guide_world({"emea": {}, "apac": {}}, FAST)
    w.number = 0
    return w


def run(w, *words, config=None, code=0, **kwargs):
    """Adds an indicator and runs the driver as the guide does: without a command. What it wrote, and whom TIE of which fabric was
    told of that indicator."""
    w.number += 1
    name = f"number {w.number}"
    w.add(name)
    result = command(tools.CONSOLE, *words, "-c", config or w.config, **kwargs)
    assert result.code == code, result.stdout + result.stderr
    return result, {f for f in w.fabrics if name in w.told(f)}


def logs(w, name):
    folder = w.folder / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


BOTH = {"emea", "apac"}


@table("-ll LOGLOCATION: sets the logging location, one file per stage and connector name")
def log_folder(w):
    folder = logs(w, "short")
    _, told = run(w, "-ll", folder)
    assert told == BOTH and {p.name for p in folder.iterdir()} == STAGES


@table("--loglocation LOGLOCATION")
def log_folder_long(w):
    folder = logs(w, "long")
    run(w, f"--loglocation={folder}", "-cn", "emea")
    assert {p.name for p in folder.iterdir()} == STAGES - {"publisher-apac.log"}


@table("The location should exist")
def log_folder_missing(w):
    assert str(w.folder / "nowhere") in refused(w.config, "-ll", w.folder / "nowhere")


@table("-ll: a location that is no folder is refused")
def log_file(w):
    assert str(w.config) in refused(w.config, "-ll", w.config)


@table("A special value of 'stdout' means to log to the console (this happens by default)")
def log_to_the_console(w):
    for words in ([], ["-ll", "stdout"]):
        assert "publisher[emea]" in run(w, "-v3", *words)[0].stderr, words


@table("-c CONFIG: the location of the configuration file: a folder")
def config_folder(w):
    assert run(w, config=w.folder)[1] == BOTH


@table("-c CONFIG: a file")
def config_file(w):
    assert run(w, config=w.config)[1] == BOTH


@table("-c CONFIG: must be readable")
def config_missing(w):
    assert str(w.folder / "none.yaml") in refused(w.folder / "none.yaml", "run")


@table("--config CONFIG")
def config_long(w):
    assert command(tools.CONSOLE, "quota", "show", f"--config={w.config}").code == 0


@table("all location-based options default to /etc/tq_labs if they are not provided")
def default_location(w):
    assert "/etc/tq_labs/tq-trellix-tie.yaml" in command(tools.CONSOLE, "--help").stdout


def add_verbosities():
    for words, shown in {"-v1": {"warn", "error"}, "-v2": {"info"}, "-v3": {"info", "debug"}}.items():
        @table(f"{words}: the logging verbosity level where 3 means everything")
        def _(w, words=words, shown=shown):
            folder = logs(w, "verbosity")
            w.fabrics["emea"].tie.fault(error_hash=w.value(f"number {w.number + 1}"))
            run(w, words, "-ll", folder, "-cn", "emea", code=1)
            w.fabrics["emea"].tie.fault(error_hash="")
            found = {line.split()[2] for path in folder.iterdir() for line in path.read_text().splitlines()}
            assert found & shown == (shown if words != "-v1" else found)
            assert ("debug" in found) == (words == "-v3")


add_verbosities()


@table("-v {1,2,3}, --verbosity {1,2,3}: in each spelling")
def spellings(w):
    for words in ("-v 1", "-v2", "--verbosity 3", "--verbosity=3"):
        assert command(tools.CONSOLE, "quota", "show", *words.split(), "-c", w.config).code == 0, words


@table("-v {1,2,3}: nothing else")
def verbosity_four(w):
    assert "1, 2, 3" in refused(w.config, "-v", "4")


@table("-cn: name of the connector")
def name(w):
    assert run(w, "-cn", "emea")[1] == {"emea"}


@table("-cn, --con-name, --conn-name: in each spelling")
def names(w):
    for words in ("-cn apac", "--con-name apac", "--conn-name apac", "--con-name=apac"):
        shown = command(tools.CONSOLE, "quota", "show", "--json", *words.split(), "-c", w.config)
        assert set(shown.json["fabrics"]) == {"apac"}, words


@table("-cn: multiple connector instances on the same box")
def several_names(w):
    assert "emea" in refused(w.config, "-cn", "nowhere"), "says which there are"
    assert run(w)[1] == BOTH


@table("dc, --dxl-config-dir: the directory containing the Trellix DXL certificate files")
def dxl_config_dir(w):
    for name in w.fabrics:
        (w.folder / "certs" / name).mkdir(parents=True, exist_ok=True)
        (w.folder / "certs" / name / "dxlclient.config").symlink_to(w.fabrics[name].dxl_config)
    assert run(w, "-dc", w.folder / "certs")[1] == BOTH
    assert "dxl_config" in refused(w.config, "--dxl-config-dir", w.folder)


@table("tq-trellix-tie -ll /var/log/tq_labs/ -c /etc/tq_labs/ -v3")
def the_first_run(w):
    folder = logs(w, "usage")
    _, told = run(w, "-ll", f"{folder}/", "-v3", config=f"{w.folder}/")
    assert told == BOTH


@table("0 */2 * * * tq-trellix-tie -c /etc/tq_labs/ -ll /var/log/tq_labs/ -v3: run again and again")
def from_cron(w):
    folder = logs(w, "cron")
    bare = {"PATH": "/usr/bin:/bin", "HOME": "/", "SHELL": "/bin/sh", "LOGNAME": "root"}
    assert all(run(w, "-ll", f"{folder}/", "-v3", config=f"{w.folder}/", env=bare)[1] == BOTH for _ in range(2))


@table("set to the correct time, time zone (UTC is recommended): another zone changes nothing")
def time_zone(w):
    result, told = run(w, "--json", env={**os.environ, "TZ": "Europe/Amsterdam"})
    assert told == BOTH and result.json["sweep"]["started_at"].endswith("Z")


@table("ensure all ThreatQ devices are set to the correct time: check compares the clocks")
def clocks(w):
    w.threatq.admin.post("/clock", {"ahead_s": 3600})
    findings = command(tools.CONSOLE, "check", "--json", "-c", w.config).json["findings"]
    assert [f["level"] for f in findings if f["check"] == "threatq-clock"] == ["failed"]
    w.threatq.admin.post("/clock", {"ahead_s": 0})


@table("Certificate and Certificate Authority (CA): one of another CA is refused, and said")
def other_ca(w):
    emea = w.fabrics["emea"]
    good = emea.dxl_config.read_text()
    foreign = Certs(w.folder / "foreign", "Another CA")
    emea.dxl_config.write_text(good.replace(str(w.certs.crt("client")), str(foreign.crt("client")))
                               .replace(str(w.certs.key("client")), str(foreign.key("client"))))
    result, told = run(w, "--json", "-cn", "emea", code=1)
    assert told == set() and "does not know the CA" in result.json["fabrics"]["emea"]["last_error"]
    emea.dxl_config.write_text(good)
    assert run(w)[1] == BOTH


@table("resolve a 500 server error that some users experienced when running the connector")
def server_error(w):
    w.threatq.fault("500html", path="query", count=2)
    hits = w.threatq.fault_hits()
    assert run(w)[1] == BOTH
    assert w.threatq.fault_hits() > hits, "the error was met"
    w.threatq.clear_faults()


@table(f"must have permission to send messages to the {SET} topic")
def permission(w):
    emea = w.fabrics["emea"]
    emea.broker.deny(SET)
    result, told = run(w, "--json", code=1)
    assert told == {"apac"}
    assert SET in result.json["fabrics"]["emea"]["last_error"]
    emea.broker.deny()
    assert run(w)[1] == BOTH


@table("It may take several minutes or a few hours: the run does not hang, and says so")
def authorization_takes_hours(w):
    w.fabrics["apac"].broker.deny(SET)
    result, _ = run(w, "--json", "-cn", "apac", code=1)
    assert "it can take hours" in result.json["fabrics"]["apac"]["last_error"]
    w.fabrics["apac"].broker.deny()


@pytest.mark.xdist_group("guide_arguments")  # one World for all rows
@table.test()
def test_guide(world_of_two, row):
    row(world_of_two)


# ---- help ----


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("words", ["-h", "-ll", "--loglocation", "-c", "--config", "-v", "--verbosity", "-cn", "--con-name", "-x",
                                   "--cache", "-dc", "--dxl-config-dir", "--cron"])
def test_guide_help_reviews_all_options(option, words):
    done = command(tools.CONSOLE, option)
    assert done.code == 0
    assert words in done.stdout.replace(",", " ").replace("=", " ").split()


def test_guide_two_programs_are_installed_side_by_side(tmp_path):
    """"two script stub will appear": tq-trellix-tie and tq-trellix-tie-prov, with what they need beside them."""
    subprocess.run(["meson", "install", "-C", tools.BUILD, "--no-rebuild", "--quiet", "--destdir", tmp_path], check=True,
                   capture_output=True)
    driver = next(tmp_path.rglob("bin/tq-trellix-tie"))
    names = {p.name for p in driver.parent.iterdir()}
    assert {"tq-trellix-tie", "tq-trellix-tie-prov", "tie-fetcher", "tie-mapper", "tie-publisher", "tie-enricher"} <= names
    assert all(command(driver.parent / name, "--help").code == 0 for name in names if name.startswith("t"))


# ---- tq-trellix-tie-prov ----


@pytest.fixture
def epo(tmp_path, certs):
    sim = EpoSim(tmp_path, certs, [f"{GUID}={GUID};8883;broker.example.com;10.0.0.5"])
    yield sim
    sim.close()


def provision(epo, tmp_path, certs, *words):
    result = command(tools.PROV, "--epo-ip", "127.0.0.1", "--epo-port", epo.port, "--epo-login", USER, *words,
                     "--truststore", certs.crt("ca"), "-dc", tmp_path / "certs")
    assert result.code == 0, result.stderr
    return epo.stats()["subject"]


@pytest.mark.parametrize("words", ["-cn", "--conn-name", "--con-name"])
def test_guide_prov_takes_the_exact_same_conn_name(epo, tmp_path, certs, words):
    """tq-trellix-tie-prov --epo-ip --epo-port --epo-login --epo-pass; "the value will start with CN=threatq"."""
    subject = provision(epo, tmp_path, certs, "--epo-pass", PASSWORD, words, "emea")
    assert "CN=threatq-emea" in subject
    assert (tmp_path / "certs" / "emea" / "dxlclient.config").exists()


def test_guide_prov_without_a_name_is_cn_threatq(epo, tmp_path, certs):
    subject = provision(epo, tmp_path, certs, "--epo-pass", PASSWORD)
    assert "CN=threatq" in subject and "CN=threatq-" not in subject
    assert (tmp_path / "certs" / "dxlclient.config").exists()


def test_guide_prov_prompts_for_the_password_when_it_is_omitted(epo, tmp_path, certs):
    """Also: a nonstandard ePO port, by --epo-port."""
    person = Person(tools.PROV, "--epo-ip", "127.0.0.1", "--epo-port", epo.port, "--epo-login", USER, "-cn", "emea",
                    "--truststore", certs.crt("ca"), "-dc", tmp_path / "certs")
    person.expect("password: ")
    person.wait_echo(False)
    person.type(PASSWORD + "\n")
    assert person.end() == 0, person.screen
    assert PASSWORD not in person.screen
    assert (tmp_path / "certs" / "emea" / "dxlclient.config").exists()
    person.close()


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("words", ["--epo-ip", "--epo-port", "--epo-login", "--epo-pass", "-cn", "--conn-name"])
def test_guide_prov_help_reviews_all_options(option, words):
    assert words in command(tools.PROV, option).stdout.replace(",", " ").replace("=", " ").split()
