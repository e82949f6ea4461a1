"""The product's programs as a test runs them: one command, or each stage as a child of the test."""

import json
import signal
import subprocess

import tools
from process import Process
from waiting import wait_until


class Result:
    """One finished `tq-trellix-tie` command."""

    def __init__(self, args, done):
        self.args = args
        self.code = done.returncode
        self.stdout = done.stdout
        self.stderr = done.stderr

    @property
    def json(self):
        lines = self.stdout.strip().splitlines()
        assert lines, f"no output, exit {self.code}: {self.stderr[-3000:]}"
        return json.loads(lines[-1])


def command(program, *args, timeout=120, stdin="", env=None):
    """Runs a program to its end and returns a Result; its output is text."""
    args = [str(program), *map(str, args)]
    done = subprocess.run(args, input=stdin, capture_output=True, text=True, timeout=timeout, env=env)
    return Result(args, done)


def run_once(config, *args, code=0, timeout=120):
    """`tq-trellix-tie run --json`: the object of its last line; fails on another exit code."""
    result = command(tools.CONSOLE, "run", "--json", "-c", config, *args, timeout=timeout)
    assert result.code == code, f"exit {result.code}, expected {code}\n{result.stdout[-3000:]}\n{result.stderr[-6000:]}"
    return result.json


HEALTH = ("fine", "degraded", "down")  # by exit code


def status(config, *args):
    """The object of `status --json`, whatever the health is; the exit code tells the same."""
    result = command(tools.CONSOLE, "status", "--json", "-c", config, *args, timeout=30)
    assert result.stdout, f"exit {result.code}: {result.stderr}"
    assert result.json["health"]["state"] == HEALTH[result.code], result.stdout
    return result.json


class Stages:
    """The stages as children of the test: fetcher, mapper, publisher-<fabric>…, enricher. Each can be
    stopped, killed and started again by its name. Their logs are in folder/<name>.log."""

    def __init__(self, config, fabrics, folder, *fetcher_args):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.commands = {
            "fetcher": [tools.FETCHER, "-c", config, *fetcher_args],
            "mapper": [tools.MAPPER, "-c", config],
            **{f"publisher-{f}": [tools.PUBLISHER, "-c", config, "--fabric", f] for f in fabrics},
            "enricher": [tools.ENRICHER, "-c", config],
        }
        self.running = {}

    def start(self, *names):
        for name in names or self.commands:
            self.running[name] = Process(name, self.commands[name], self.folder / f"{name}.log")
        return self

    def start_service(self):
        """All of them, and waits until `run` takes them for a service: by the fetcher's lock."""
        self.start()
        self.wait_report("fetcher", lambda report: report["pid"], "the fetcher to run")
        return self

    def __getitem__(self, name):
        return self.running[name]

    def kill(self, name):
        return self.running.pop(name).kill()

    def terminate(self, name, timeout=10):
        return self.running.pop(name).terminate(timeout)

    def restart(self, name, sig=signal.SIGKILL):
        process = self.running.pop(name)
        process.signal(sig)
        process.wait()
        process.close()
        self.start(name)

    def report(self, name):
        """What `<stage> --report` prints."""
        result = command(*self.commands[name], "--report", timeout=30)
        assert result.code == 0, result.stderr
        return result.json

    def wait_report(self, name, condition, what, timeout=60):
        """Polls the report until condition(report) holds; returns that report."""
        last = {}

        def look():
            last["report"] = self.report(name)
            return last["report"] if condition(last["report"]) else None

        try:
            return wait_until(look, what, timeout, 0.1)
        except AssertionError as error:
            log = self.running[name].output()[-3000:] if name in self.running else ""
            raise AssertionError(f"{error}; last report {last.get('report')}\n{log}") from None

    def close(self):
        for process in self.running.values():
            process.signal(signal.SIGTERM)
        for process in self.running.values():
            process.close()
        self.running.clear()
