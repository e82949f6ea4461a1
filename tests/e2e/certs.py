"""Certificates of one test session: a CA, a server certificate for 127.0.0.1, client certificates.

Made by the openssl command, so that nothing of the product is needed to make them."""

import subprocess

SERVER_EXT = """
basicConstraints=CA:FALSE
keyUsage=digitalSignature,keyEncipherment
extendedKeyUsage=serverAuth
subjectAltName=DNS:localhost,IP:127.0.0.1
"""
CLIENT_EXT = """
basicConstraints=CA:FALSE
keyUsage=digitalSignature,keyEncipherment
extendedKeyUsage=clientAuth
"""


def openssl(*args):
    subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True)


class Certs:
    """folder/{ca,server,client,tie}.{crt,key}"""

    def __init__(self, folder, name="Test CA"):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365",
                "-subj", f"/CN={name}", "-keyout", self.key("ca"), "-out", self.crt("ca"))
        self.issue("server", SERVER_EXT)
        self.issue("client", CLIENT_EXT)
        self.issue("tie", CLIENT_EXT)

    def crt(self, name):
        return self.folder / f"{name}.crt"

    def key(self, name):
        return self.folder / f"{name}.key"

    def issue(self, name, ext):
        csr, ext_file = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        ext_file.write_text(ext)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
                "-keyout", self.key(name), "-out", csr)
        openssl("x509", "-req", "-days", "365", "-in", csr, "-CA", self.crt("ca"), "-CAkey", self.key("ca"),
                "-CAcreateserial", "-extfile", ext_file, "-out", self.crt(name))
        self.key(name).chmod(0o600)
