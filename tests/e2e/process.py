"""A child process whose output goes to a file, and which is ended by its own pid."""

import os
import signal
import subprocess
from pathlib import Path

from waiting import wait_until


class Process:
    def __init__(self, name, args, log, stdin=subprocess.DEVNULL, env=None):
        self.name = name
        self.args = [str(a) for a in args]
        self.log_path = Path(log)
        self.log_file = open(self.log_path, "ab")
        self.start_offset = self.log_file.tell()
        self.popen = subprocess.Popen(self.args, stdin=stdin, stdout=self.log_file,
                                      stderr=subprocess.STDOUT,
                                      env=None if env is None else {**os.environ, **env})

    @property
    def pid(self):
        return self.popen.pid

    def alive(self):
        return self.popen.poll() is None

    def output(self):
        """What this process has written so far (not what earlier ones wrote to the same file)."""
        with open(self.log_path, "rb") as f:
            f.seek(self.start_offset)
            return f.read().decode("utf-8", "replace")

    def line_with(self, word, timeout=30.0):
        """Waits for the line of output that begins with `word`."""

        def look():
            for line in self.output().splitlines(keepends=True):
                if line.startswith(word) and line.endswith("\n"):
                    return line.strip()
            if not self.alive():
                raise AssertionError(f"{self.name} ended with {self.popen.returncode}: {self.output()[-2000:]}")
            return None

        return wait_until(look, f"{self.name} to say {word!r}", timeout, 0.02)

    def signal(self, sig):
        if self.alive():
            os.kill(self.pid, sig)

    def wait(self, timeout=10.0):
        """The exit code; negative for a signal."""
        return self.popen.wait(timeout)

    def terminate(self, timeout=10.0):
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait()

    def close(self):
        """Ends it in any case."""
        if self.alive():
            self.signal(signal.SIGTERM)
            try:
                self.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()
        self.log_file.close()
