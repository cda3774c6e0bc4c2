"""As much of a Neutron as Nova asks for servers without a network: there is nothing of anything."""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class NoNetworks(BaseHTTPRequestHandler):
    """Each listing is empty."""

    def do_GET(self) -> None:
        listed = self.path.partition("?")[0].rpartition("/")[2].replace("-", "_")
        body = json.dumps({listed: []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), NoNetworks).serve_forever()
