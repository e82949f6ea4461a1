"""`tq-trellix-tie serve` as a child of a test, and a plain HTTP client for it."""

import http.client
import json
import re

import tools
from process import Process
from waiting import wait_until

OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)


class WebServer:
    def __init__(self, w, *args, listen="127.0.0.1:0", before=()):
        self.process = Process("serve", [*before, tools.CONSOLE, "serve", "-c", w.config, "--listen", listen, *args],
                               w.folder / "serve.log")
        w.closers.append(self.process.close)
        line = self.process.line_with("tq-trellix-tie: serves")
        self.url = line.split()[-1]
        self.port = int(re.search(r":(\d+)/$", line)[1])

    def get(self, path, method="GET", **headers):
        """Headers by their names, `_` for `-`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def wait_ready(self):
        """Until the first look at the stages is over."""
        return wait_until(lambda: (r := self.get("/readyz")).text != "starting\n" and r, "serve to be ready")
