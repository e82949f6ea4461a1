"""A person at a terminal: a program on a pseudo-terminal of its own, its questions and the answers."""

import os
import pty
import select
import signal
import termios
import time

LONG = 30  # seconds; nothing here should take one


class Person:
    def __init__(self, *args, cwd=None, env=None):
        args = [str(a) for a in args]
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd or "/")
            os.execve(args[0], args, {**os.environ, **(env or {})})
        self.screen = ""  # all that was ever shown
        self.seen = 0  # how much of it was waited for
        self.code = None

    def read(self):
        """More of the screen; False at its end."""
        if not select.select([self.fd], [], [], LONG)[0]:
            raise AssertionError(f"nothing for {LONG} s after: {self.screen[-2000:]}")
        try:
            piece = os.read(self.fd, 65536)
        except OSError:  # the program has closed it
            return False
        self.screen += piece.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(piece)

    def expect(self, words):
        """Reads until the words are shown; returns what came before them."""
        while (at := self.screen.find(words, self.seen)) < 0:
            assert self.read(), f"it ended before {words!r}: {self.screen[-2000:]}"
        before = self.screen[self.seen:at]
        self.seen = at + len(words)
        return before

    def type(self, text):
        os.write(self.fd, text.encode())

    def answer(self, question, line):
        self.expect(question)
        self.type(line + "\n")

    def echo(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def wait_echo(self, wanted):
        deadline = time.monotonic() + LONG
        while self.echo() != wanted:
            assert time.monotonic() < deadline, self.screen[-2000:]
            time.sleep(0.01)

    def end(self):
        """The exit code, negative for a signal; the screen is complete then."""
        while self.read():
            pass
        _, status = os.waitpid(self.pid, 0)
        self.code = os.waitstatus_to_exitcode(status)
        return self.code

    def close(self):
        if self.code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)
