"""What stands between a client and its broker: a slow line, one that dies, a CONNECT proxy."""

import socket
import threading
import time

from broker import free_port
from process import Process
from waiting import wait_until


class Line:
    """Forwards a port of its own to another one. Each connection begins `delay` seconds late, as on a
    network that is slow; after that it is as fast as any."""

    def __init__(self, port, delay=0.0, address="127.0.0.1"):
        self.target = port
        self.delay = delay
        self.taken = 0  # connections
        self.open = []
        self.listener = socket.create_server((address, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            self.taken += 1
            threading.Thread(target=self.join, args=(near,), daemon=True).start()

    def greet(self, near):
        time.sleep(self.delay)

    def join(self, near):
        self.greet(near)
        try:
            far = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            near.close()
            return
        self.open += [near, far]
        for a, b in ((near, far), (far, near)):
            a.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.copy, args=(a, b), daemon=True).start()

    @staticmethod
    def copy(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        """All that went through is cut off, and nobody is let in any more."""
        for s in [self.listener, *self.open]:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class AskedProxy(Line):
    """A CONNECT proxy to one port, for anybody, that keeps what it was asked."""

    def __init__(self, port):
        self.heads = []
        super().__init__(port)

    def greet(self, near):
        head = b""
        while b"\r\n\r\n" not in head:
            head += near.recv(4096)
        self.heads.append(head.decode())
        near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")


class Silence:
    """A port that takes connections and never says a word."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]

    def close(self):
        self.listener.close()


class Proxy:
    """tinyproxy, which lets CONNECT through to one port only; for a user if there is one."""

    def __init__(self, folder, connect_port, user=None, password=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        conf = folder / "tinyproxy.conf"
        conf.write_text(f"""
Port {self.port}
Listen 127.0.0.1
Timeout 600
MaxClients 50
LogLevel Connect
ConnectPort {connect_port}
{f"BasicAuth {user} {password}" if user else ""}
""")
        self.process = Process("tinyproxy", ["tinyproxy", "-d", "-c", conf], folder / "tinyproxy.log")
        wait_until(self.answers, "tinyproxy to run")

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
        except OSError:
            return False
        return True

    def connects(self):
        """How often it was asked for a connection."""
        return self.process.output().count("CONNECT 127.0.0.1:")

    def close(self):
        self.process.close()
