"""`status --watch` in a real terminal (tmux), 80 columns."""

import os
import re
import signal
import subprocess
import uuid

import pytest

import tools
from waiting import wait_until


class Terminal:
    """A tmux of its own; `shell` is what runs in it, then `stty` shows what it left behind."""

    def __init__(self, folder, *args, columns=80, rows=24):
        self.name = f"tq-{uuid.uuid4().hex[:8]}"
        words = " ".join(map(str, args))
        script = folder / "watch.sh"
        script.write_text(f"echo BEFORE\nstty -g >{folder}/before\n{words}\necho EXIT=$?\nstty -g >{folder}/after\n"
                          "echo AFTER\nread -r _\n")
        env = {**os.environ, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        subprocess.run(["tmux", "-L", self.name, "-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y",
                        str(rows), f"sh {script}"], check=True, env=env)
        self.folder = folder

    def do(self, *args):
        return subprocess.run(["tmux", "-L", self.name, *map(str, args)], check=True, capture_output=True,
                              text=True).stdout

    def screen(self):
        return self.do("capture-pane", "-p")

    def wait(self, what):
        return wait_until(lambda: (s := self.screen()) and what in s and s, f"{what!r} on the screen")

    def pid(self):
        """Of the program in the foreground."""
        tty = self.do("display-message", "-p", "#{pane_tty}").strip()
        found = subprocess.run(["ps", "-t", tty.removeprefix("/dev/"), "-o", "pid=,comm="], capture_output=True, text=True)
        return next(int(pid) for pid, comm in map(str.split, found.stdout.splitlines()) if comm == "tq-trellix-tie")

    def restored(self):
        self.wait("AFTER")
        assert "BEFORE" in self.screen(), "the first screen is back"
        assert (self.folder / "before").read_text() == (self.folder / "after").read_text(), "echo and lines are back"
        assert self.do("display-message", "-p", "#{cursor_flag} #{alternate_on}").split() == ["1", "0"]

    def close(self):
        subprocess.run(["tmux", "-L", self.name, "kill-server"], capture_output=True)


@pytest.fixture
def terminal():
    made = []

    def make(*args, **kwargs):
        made.append(Terminal(*args, **kwargs))
        return made[-1]

    yield make
    for t in made:
        t.close()


def test_a_busy_service(world, terminal):
    w = world({"emea": {"daily_limit": 100}, "apac": {}}, count=400)
    w.stages().start()
    t = terminal(w.folder, tools.CONSOLE, "status", "--watch", "-c", w.config)
    t.wait("● fine")
    screen = wait_until(lambda: (s := t.screen()) and "complete" in s and "100%" in s and s, "the quota to be used")
    for part in ("fetcher", "mapper", "publisher", "enricher", "ThreatQ", "TIE", "● 2 of 2", "emea", "apac",
                 "next free", "oldest waiting", "LAST ERROR", "q quits"):
        assert part in screen, screen
    queued, = re.findall(r"emea +([\d,]+)", screen)
    assert int(queued.replace(",", "")) == len(w.expected("emea")) - 100
    # It follows the window.
    t.do("resize-window", "-x", 120, "-y", 40)
    wait_until(lambda: any(len(line) > 100 for line in t.screen().splitlines()), "the view to grow")
    t.do("resize-window", "-x", 60, "-y", 15)
    wait_until(lambda: "publisher 2" in t.screen(), "the view to shrink")
    t.do("send-keys", "q")
    t.wait("EXIT=0")
    t.restored()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGABRT, signal.SIGHUP])
def test_the_terminal_is_restored(world, terminal, number):
    w = world({"emea": {}}, count=1)
    t = terminal(w.folder, tools.CONSOLE, "status", "--watch", "-c", w.config)
    t.wait("nothing was ever swept")
    os.kill(t.pid(), number)
    t.wait("EXIT=")
    t.restored()


def test_the_last_error_of_each_stage(world, terminal):
    w = world({"emea": {}}, count=10)
    stages = w.stages().start()
    t = terminal(w.folder, tools.CONSOLE, "status", "--watch", "-c", w.config, rows=30)
    t.wait("● fine")
    w.fabrics["emea"].broker.stop()
    screen = t.wait("● down")
    assert "emea: no broker is connected" in screen
    t.wait("publisher[emea]")
    wait_until(lambda: re.search(r"publisher\[emea\] +\d+ s ago +\S", t.screen()), "the publisher's last error")
    stages.kill("enricher")
    t.wait("no enricher runs: results wait to be written to ThreatQ")
