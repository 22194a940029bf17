"""What the tests in Python serve on loopback addresses, and the daemon's configuration that goes with it."""

import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    """A server that says no more than it is told to, and nothing on the terminal."""

    def sent(self) -> bytes:
        """The request's body."""
        return self.rfile.read(int(self.headers["content-length"]))

    def answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        if status != 204:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def served(handler: type[Handler]) -> str:
    """The address of a server that lives as long as the test."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def configuration(directory, rest: str) -> str:
    """A daemon that reads loopback outlets often, tells of all that it finds there, and has `rest` to do."""
    return f"""
[daemon]
data_dir = "{directory}/data"
outlets = []
[fetch]
allow_private = ["127.0.0.0/8"]
host_delay = "10ms"
[poll]
first = "all"
interval = "1s"
min_interval = "1s"
[http]
listen = "127.0.0.1:0"
{rest}
"""
