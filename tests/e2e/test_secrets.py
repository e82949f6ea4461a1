"""A secret appears in no log, no argument list, no answer, and no core dump can hold it."""

from pathlib import Path

from checks import told
from configfile import SECRET
from product import command, status
from waiting import wait_until
import tools


def test_secrets_stay_secret(world):
    w = world({"emea": {}}, count=200)
    stages = w.stages()
    for name in stages.commands:
        stages.commands[name].append("-v3")
    stages.start()
    wait_until(lambda: w.threatq.write_count() >= 100, "the write-back")
    assert told(w.fabrics["emea"].tie)
    for name, process in stages.running.items():
        proc = Path(f"/proc/{process.pid}")
        assert SECRET not in (proc / "cmdline").read_text(), name
        assert SECRET not in (proc / "environ").read_text(), name
        limits = (proc / "limits").read_text().splitlines()
        core = next(line for line in limits if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"], f"{name}: {core}"
    status(w.config)
    stages.close()
    logs = list((w.folder / "logs").iterdir())
    assert len(logs) >= 4
    for path in logs:
        text = path.read_text()
        assert text, f"{path.name} logged nothing at all"
        assert SECRET not in text, path.name
        assert "Bearer " not in text, path.name
    state = [p for p in (w.folder / "state").rglob("*") if p.is_file()]
    for path in state:
        data = path.read_bytes()
        assert SECRET.encode() not in data, path
        assert path.stat().st_mode & 0o077 == 0, f"{path} is open to others"


def test_run_and_status_say_no_secret(world):
    w = world({"emea": {}}, count=50)
    for words in (["run", "--json", "-v3"], ["status"], ["status", "--json"]):
        result = command(tools.CONSOLE, *words, "-c", w.config)
        assert result.code == 0, result.stderr
        assert SECRET not in result.stdout + result.stderr


def test_a_wrong_password_is_said_without_it(world):
    w = world({"emea": {}}, {"threatq": {"password": "wrong-" + SECRET}}, count=50)
    result = command(tools.CONSOLE, "run", "--json", "-c", w.config)
    assert result.code == 1
    assert SECRET not in result.stdout + result.stderr
    assert result.json["sweep"]["error"] if "error" in result.json["sweep"] else result.stderr
    assert told(w.fabrics["emea"].tie) == []
