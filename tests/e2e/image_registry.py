"""A registry on loopback for tests/e2e/image_store.bats: GET and HEAD of manifests and blobs, without TLS and without a login.
image_registry.py LAYOUT LOG: serves the one image of a directory in OCI's layout under every repository, by its digest and with
the tag `good`, prints its port, writes each request to LOG, and serves until it is ended. The digest of 64 zeros is answered with
another manifest, and the tag `login` with 401."""
import http.server, json, os, sys

layout, log = sys.argv[1:]

def blob(digest):
    with open(os.path.join(layout, "blobs", *digest.split(":")), "rb") as file:
        return file.read()

with open(os.path.join(layout, "index.json")) as file:
    MANIFEST = json.load(file)["manifests"][0]
DIGEST = MANIFEST["digest"]

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

    def do_GET(self):
        with open(log, "a") as file:
            print(self.command, self.path, file=file)
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
