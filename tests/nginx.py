"""A real web server with a folder of files, for tests: nginx, on free ports of the loopback."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from servers import Server, free_port, program

CONFIG = """\
worker_processes 1; daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access; root {folder}/www; default_type text/html;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    server {{ listen 127.0.0.1:{plain}; location /slow/ {{ limit_rate 1m; }} }}
    server {{
        listen 127.0.0.1:{tls} ssl http2;
        ssl_certificate {folder}/certificate.pem; ssl_certificate_key {folder}/key.pem;
    }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nginx:
    """A server that runs.

    Attributes:
        folder: What it serves.
        url: Where, with HTTP/1.1.
        tls_url: Where, with HTTP/2 over TLS.
        certificate: Whom to trust for that.
        access: The log of requests.
    """

    folder: Path
    url: str
    tls_url: str
    certificate: Path
    access: Path


@contextmanager
def nginx(folder: Path) -> Iterator[Nginx]:
    """Serve ``folder/www`` until the block ends."""
    name, openssl = program("nginx", "/usr/sbin"), program("openssl")
    served = folder / "www"
    served.mkdir()
    _certify(openssl, folder)
    plain, tls = free_port(), free_port()
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, plain=plain, tls=tls), encoding="utf-8")
    server = Server([name, "-c", str(config), "-p", str(folder)], plain)
    try:
        yield Nginx(
            folder=served,
            url=f"http://127.0.0.1:{plain}",
            tls_url=f"https://127.0.0.1:{tls}",
            certificate=folder / "certificate.pem",
            access=folder / "access",
        )
    finally:
        server.stop()


def _certify(openssl: str, folder: Path) -> None:
    key, certificate = str(folder / "key.pem"), str(folder / "certificate.pem")
    words = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
