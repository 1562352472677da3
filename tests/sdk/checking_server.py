"""A server that emulates nothing: it answers one service's link and list operation after the vendor's own SDK code
has agreed with the request's signature, and keeps a journal of what it was sent and what it made of it.

By hand: `python tests/sdk/checking_server.py` prints where it listens and then every request until interrupted.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import replies
import signatures
from support import SERVICES

ACCESS_KEY, SECRET_KEY = "AKIDchecking0000server", "uZ8sB1+n/Secret=Key@of'checking"
TEMPORARY_KEY, TEMPORARY_SECRET, TOKEN = "ASIAchecking0000sts", "Temporary+Secret/Key=", "tok/EN+of=a&sts@session=="
KEYS = {ACCESS_KEY: signatures.Key(SECRET_KEY), TEMPORARY_KEY: signatures.Key(TEMPORARY_SECRET, TOKEN)}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60

    def do_GET(self):
        self._serve()

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

    def _serve(self):
        service, owner = self.server.service, self.server.owner
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = signatures.Request(self.command, self.path, {}, body)
        for name, value in self.headers.items():
            name = name.lower()
            request.headers[name] = f"{request.headers[name]}, {value}" if name in request.headers else value
        entry = SimpleNamespace(service=service, request=request, asked=None, verdict=None, status=500, request_id=None)
        try:
            with owner.lock:
                entry.asked = replies.read(service, request)
                entry.verdict = signatures.CHECKS[service](request, KEYS, self.server.nonces)
            entry.status, headers, reply, entry.request_id = replies.answer(service, entry.asked, entry.verdict)
        except Exception as problem:  # a request that cannot even be read is told to the test, not to the console
            entry.verdict = entry.verdict or signatures.Verdict().refuse("unreadable", repr(problem))
            headers, reply = {}, json.dumps({"unreadable": repr(problem)}).encode()
        owner.entries.append(entry)
        if owner.watch:
            owner.watch(_told(entry))
        self.send_response(entry.status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(reply)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_):
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        pass  # a client that hangs up is no news


def _told(entry):
    head = "\n".join(f"  {name}: {value}" for name, value in entry.request.headers.items())
    return (f"{entry.service}: {entry.request.method} {entry.request.target} -> HTTP {entry.status}\n{head}\n"
            f"  body: {entry.request.body.decode('utf-8', 'replace') or '(empty)'}\n{entry.verdict}")


class CheckingServer:
    """One listener per service on 127.0.0.1, all writing to one journal. Use as a context manager."""

    def __init__(self, watch=None):
        self.entries, self.lock, self.watch = [], threading.Lock(), watch
        self._servers = {}
        for service in SERVICES:
            server = self._servers[service] = _Server(("127.0.0.1", 0), _Handler)
            server.service, server.owner, server.nonces = service, self, set()
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, service):
        return f"http://127.0.0.1:{self._servers[service].server_port}"

    def clear(self):
        self.entries.clear()

    def close(self):
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __str__(self):
        return "journal of the checking server:\n" + ("\n".join(map(_told, self.entries)) or "(no request came)")


if __name__ == "__main__":
    with CheckingServer(watch=lambda text: print(text, flush=True)) as running:
        print(json.dumps({
            "endpoints": {service: running.url(service) for service in SERVICES},
            "credentials": {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY},
            "samples": {service: {"region": replies.REGION[service], "instance": replies.INSTANCE[service],
                                  "backup": replies.BACKUP[service]} for service in SERVICES}}), flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
