"""A registry on loopback for tests/e2e/image_store.bats: GET and HEAD of manifests and blobs, without TLS.
image_registry.py LAYOUT LOG [basic|token USER:PASSWORD]: serves the one image of a directory in OCI's layout under every
repository, by its digest and with the tag `good`, prints its port, writes each request to LOG, and serves until it is ended. The
digest of 64 zeros is answered with another manifest, and the tag `login` with 401.
basic, token: a login is required, with each request or once, for a token. Then what the processes of this user show of themselves
at the first manifest that is asked for, arguments and environment, is written to LOG.processes (this process does not count), and
what a skopeo among them has as its standard input to LOG.login."""
import base64, http.server, json, os, sys

layout, log = sys.argv[1:3]
kind, login = sys.argv[3:] or (None, None)
TOKEN = "a-token-for-this-registry"

def blob(digest):
    with open(os.path.join(layout, "blobs", *digest.split(":")), "rb") as file:
        return file.read()

with open(os.path.join(layout, "index.json")) as file:
    MANIFEST = json.load(file)["manifests"][0]
DIGEST = MANIFEST["digest"]

def processes():
    """What ps(1) would show, and the environments."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for name in "cmdline", "environ":
            try:
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    shown = b"" if int(pid) == os.getpid() else file.read().replace(b"\0", b" ") + b"\n"
                if shown.startswith(b"/usr/bin/skopeo ") and b"--authfile=" in shown:
                    with open(f"/proc/{pid}/fd/0", "rb") as file, open(log + ".login", "wb") as to:
                        to.write(file.read())
            except OSError:
                continue
            yield shown

class Registry(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, kind, *more):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Docker-Distribution-API-Version", "registry/2.0")
        self.send_header("Content-Length", str(len(body)))
        for name, value in more:
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def is_allowed(self):
        """With what it said, or else it has been told what to say."""
        said = self.headers.get("Authorization")
        basic = "Basic " + base64.b64encode(login.encode()).decode()
        if self.path.startswith("/token?"):
            if said == basic:
                self.answer(200, json.dumps({"token": TOKEN}).encode(), "application/json")
            else:
                self.answer(401, b"{}", "application/json")
            return False
        if said == (basic if kind == "basic" else "Bearer " + TOKEN):
            return True
        how = 'Basic realm="x"' if kind == "basic" else 'Bearer realm="http://%s/token",service="x"' % self.headers["Host"]
        self.answer(401, b'{"errors": [{"code": "UNAUTHORIZED"}]}', "application/json", ("WWW-Authenticate", how))
        return False

    def do_GET(self):
        with open(log, "a") as file:
            print(self.command, self.path, file=file)
        if kind is not None and not self.is_allowed():
            return
        if kind is not None and "/manifests/" in self.path and not os.path.exists(log + ".processes"):
            with open(log + ".processes", "wb") as file:
                file.writelines(processes())
        parts = self.path.split("/")
        what, name = (parts[-2], parts[-1]) if len(parts) > 4 else ("", "")
        if self.path == "/v2/":
            self.answer(200, b"{}", "application/json")
        elif what == "manifests" and name in ("good", DIGEST):
            self.answer(200, blob(DIGEST), MANIFEST["mediaType"], ("Docker-Content-Digest", DIGEST))
        elif what == "manifests" and name == "sha256:" + "0" * 64:
            self.answer(200, blob(DIGEST) + b"\n", MANIFEST["mediaType"], ("Docker-Content-Digest", "sha256:" + "0" * 64))
        elif what == "manifests" and name == "login":
            self.answer(401, b'{"errors": [{"code": "UNAUTHORIZED"}]}', "application/json", ("WWW-Authenticate", 'Basic realm="x"'))
        elif what == "blobs" and os.path.exists(os.path.join(layout, "blobs", *name.split(":"))):
            self.answer(200, blob(name), "application/octet-stream")
        else:
            self.answer(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}', "application/json")

    do_HEAD = do_GET

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
print(server.server_port, flush=True)
server.serve_forever()
