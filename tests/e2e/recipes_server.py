"""Doubles for tests/e2e/recipes.bats on loopback: a registry of one npm package and one Python wheel, and a proxy that answers
CONNECT with a certificate of its own authority. recipes_server.py DIR CERTIFICATE KEY: writes projects into DIR that need the packages,
prints the ports of registry and proxy on a line, and serves until it is ended."""
import base64, hashlib, http.server, io, json, os, ssl, sys, tarfile, threading, zipfile

def npm_package():
    package = io.BytesIO()
    with tarfile.open(fileobj=package, mode="w:gz") as tar:
        for name, text in {"package.json": '{"name": "recipe-dep", "version": "1.0.0"}', "index.js": ""}.items():
            member = tarfile.TarInfo("package/" + name)
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return package.getvalue()

def wheel():
    package = io.BytesIO()
    info = "recipe_dep-1.0.dist-info/"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("recipe_dep.py", "")
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: recipe-dep\nVersion: 1.0\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(info + "RECORD", "recipe_dep.py,,\n%sMETADATA,,\n%sWHEEL,,\n%sRECORD,,\n" % (info, info, info))
    return package.getvalue()

NPM, WHEEL = npm_package(), wheel()
PAGES = {
    "/recipe-dep/-/recipe-dep-1.0.0.tgz": NPM,
    "/simple/recipe-dep/": b'<a href="/recipe_dep-1.0-py3-none-any.whl">recipe_dep-1.0-py3-none-any.whl</a>',
    "/recipe_dep-1.0-py3-none-any.whl": WHEEL,
}

class Registry(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = PAGES.get(self.path)
        self.send_response(404 if page is None else 200)
        self.send_header("Cache-Control", "max-age=600")
        self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "application/octet-stream")
        self.send_header("Content-Length", str(len(page or b"")))
        self.end_headers()
        self.wfile.write(page or b"")

    def log_message(self, *_):
        pass

class Proxy(http.server.BaseHTTPRequestHandler):
    def do_CONNECT(self):
        self.send_response(200)
        self.end_headers()
        try:
            with TLS.wrap_socket(self.connection, server_side=True) as inside:
                inside.recv(65536)
                inside.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nproxy\n")
        except (OSError, ssl.SSLError):
            pass # whoever does not trust the authority hangs up
        self.close_connection = True

    def log_message(self, *_):
        pass

directory, certificate, key = sys.argv[1:]
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
TLS.load_cert_chain(certificate, key)
servers = [http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) for handler in (Registry, Proxy)]
registry = "http://127.0.0.1:%d/" % servers[0].server_port

def write(name, text):
    os.makedirs(os.path.dirname(os.path.join(directory, name)), exist_ok=True)
    with open(os.path.join(directory, name), "w") as file:
        file.write(text)

dependency = {
    "version": "1.0.0",
    "resolved": registry + "recipe-dep/-/recipe-dep-1.0.0.tgz",
    "integrity": "sha512-" + base64.b64encode(hashlib.sha512(NPM).digest()).decode(),
}
project = {"name": "project", "version": "1.0.0", "dependencies": {"recipe-dep": "1.0.0"}}
write("npm/package.json", json.dumps(project))
write("npm/package-lock.json", json.dumps({"name": "project", "version": "1.0.0", "lockfileVersion": 3, "requires": True,
    "packages": {"": project, "node_modules/recipe-dep": dependency}}))
write("npm/.npmrc", "registry=%s\naudit=false\nfund=false\nupdate-notifier=false\n" % registry)
write("pip/requirements.txt", "--index-url %ssimple/\n--trusted-host 127.0.0.1\nrecipe-dep==1.0\n" % registry)
for server in servers:
    threading.Thread(target=server.serve_forever, daemon=True).start()
print(servers[0].server_port, servers[1].server_port, flush=True)
threading.Event().wait()
