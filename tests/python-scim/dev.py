"""`tenantry dev` on free ports with its data in a folder of its own, and the Management API of its tenant."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("TENANTRY", str(ROOT / "target/debug/tenantry"))


# Public; its key was thrown away.
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBjDCCATOgAwIBAgIUXkqtoYOyhwHyhvRCA3/o0ePCqT0wCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQaWRwLmFjbWUuZXhhbXBsZTAgFw0yNjExMjUxODU2NDdaGA8y
MTI2MTEwMTE4NTY0N1owGzEZMBcGA1UEAwwQaWRwLmFjbWUuZXhhbXBsZTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABIFcYiI+3s3Z/D9AigR81gM4+RiES7rniA46
HkJ5ZpqrwpOAUQku8wENQJznKSXCOi3So0ORxv4TZGQty8xXjtujUzBRMB0GA1Ud
DgQWBBRx4Sted4LNZGKX6hKtaEtJ/YezoDAfBgNVHSMEGDAWgBRx4Sted4LNZGKX
6hKtaEtJ/YezoDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIDEg
ykqXGWDoDu6cg6EyZTTfEF9PzM/nEdNc0ybI7Y/+AiAahbKWhDTgu9I2nPdQ2s6U
uCn5O/8M+KQ5CNoQz5hmFQ==
-----END CERTIFICATE-----
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Dev:
    def __init__(self):
        port, sandbox, tls = free_port(), free_port(), free_port()
        self.api = f"http://localhost:{port}/"
        self.sandbox = f"http://localhost:{sandbox}/"
        self.data = tempfile.mkdtemp(prefix="python-scim-")
        flags = ["--port", port, "--sandbox-port", sandbox, "--sandbox-tls-port", tls, "--data", self.data]
        command = [BINARY, "dev", *map(str, flags), "--limits", "off", "--log", "off"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self._wait()
        self.token = None

    def _wait(self):
        deadline = time.monotonic() + 180
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"tenantry dev ended with {self.process.returncode}")
            try:
                with urllib.request.urlopen(f"{self.api}readyz"):
                    return
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > deadline:
                    self.stop()
                    raise
                time.sleep(0.05)

    def call(self, method, where, body=None, token=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.sandbox}{where}", data, method=method)
        request.add_header("content-type", "application/json")
        if token:
            request.add_header("authorization", f"Bearer {token}")
        with urllib.request.urlopen(request) as response:
            text = response.read()
        return json.loads(text) if text else None

    def management(self, method, path, body=None):
        if self.token is None:
            asked = {
                "grant_type": "client_credentials",
                "client_id": "tenantry-management",
                "client_secret": "tenantry-management-secret",
                "audience": f"{self.sandbox}api/v2/",
            }
            self.token = self.call("POST", "oauth/token", asked)["access_token"]
        return self.call(method, f"api/v2/{path}", body, self.token)

    def provisioned(self, name, strategy="samlp", configuration=None):
        """A connection with provisioning, its base URL and a token of it."""
        options = {"client_id": "acme", "signInEndpoint": "https://idp.acme.example/sso", "signingCert": CERTIFICATE}
        new = {"name": name, "strategy": strategy, "options": options}
        connection = self.management("POST", "connections", new)["id"]
        self.management("POST", f"connections/{connection}/scim-configuration", configuration or {})
        token = self.management("POST", f"connections/{connection}/scim-configuration/tokens", {})
        return f"{self.sandbox}scim/v2/connections/{connection}", token["token"]

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        shutil.rmtree(self.data, ignore_errors=True)
