"""A simulator's admin port: plain HTTP on loopback, JSON."""

import json
import urllib.parse
import urllib.request


class Admin:
    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"

    def raw(self, path, body=None, method=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        # No proxy, whatever the environment says.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return answer.read()

    def get(self, path, **query):
        if query:
            path += "?" + urllib.parse.urlencode(query)
        return json.loads(self.raw(path))

    def post(self, path, body=None, **query):
        if query:
            path += "?" + urllib.parse.urlencode(query)
        return json.loads(self.raw(path, {} if body is None else body, "POST"))
