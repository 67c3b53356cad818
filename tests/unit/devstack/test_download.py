"""Downloads come over HTTPS from a server that the system trusts. Every failure has a sentence with the remedy.

A server of this machine plays the repository, with a certificate of an unknown authority.
"""

import hashlib
import http.server
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from devstack import jars
from devstack.download import DownloadFailed, download, trusting_the_system
from devstack.jars import Jar, JarError, fetch
from devstack.ports import LOOPBACK, free_port

CONTENT = b"a whole jar" * 10_000
JAR = Jar("org.example.things", "thing", "1.0", hashlib.sha256(CONTENT).hexdigest())
FETCH = """
import sys
from pathlib import Path
from devstack.jars import Jar, JarError, fetch
try:
    fetch([Jar("org.example.things", "thing", "1.0", sys.argv[1])], Path(sys.argv[2]), repository=sys.argv[3])
except JarError as error:
    raise SystemExit(str(error))
"""


class Repository(http.server.BaseHTTPRequestHandler):
    """The jar at its place; elsewhere what the path says goes wrong."""

    def do_GET(self) -> None:
        if self.path == "/maven2/org/example/things/thing/1.0/thing-1.0.jar":
            self._answer(len(CONTENT), CONTENT)
        elif self.path.startswith("/cut"):
            self._answer(len(CONTENT), CONTENT[:1000])
        elif self.path.startswith("/altered"):
            self._answer(len(CONTENT), CONTENT[::-1])
        elif self.path.startswith("/closed"):
            self.connection.close()
        elif self.path.startswith("/slow"):
            time.sleep(1)
        else:
            self.send_error(int(self.path[1:4]) if self.path[1:4].isdecimal() else 404)

    def _answer(self, length: int, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The certificate of an authority of our own; and that of a server, with its key."""
    folder = tmp_path_factory.mktemp("certificates")
    now = datetime.now(UTC)

    def certificate(
        name: str, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey, issuer: str
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        )

    ours, servers = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    root = certificate("A company", ours, ours, "A company").add_extension(
        x509.BasicConstraints(True, 0), critical=True
    )
    root = root.add_extension(usage, critical=True)
    leaf = certificate(LOOPBACK, servers, ours, "A company").add_extension(
        x509.BasicConstraints(False, None), critical=True
    )
    leaf = leaf.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))]), critical=False)
    trusted, server = folder / "authority.pem", folder / "server.pem"
    trusted.write_bytes(root.sign(ours, hashes.SHA256()).public_bytes(Encoding.PEM))
    server.write_bytes(
        leaf.sign(ours, hashes.SHA256()).public_bytes(Encoding.PEM)
        + servers.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return trusted, server


@pytest.fixture(scope="module")
def repository(authority: tuple[Path, Path]) -> Iterator[str]:
    """The base address of the repository."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority[1])
    server = http.server.ThreadingHTTPServer((LOOPBACK, 0), Repository)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who does not trust it hangs up
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://{LOOPBACK}:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def get(url: str, authority: tuple[Path, Path] | None, target: Path, timeout: float = 10) -> None:
    environ = {"SSL_CERT_FILE": str(authority[0])} if authority else {}
    download(url, target / "file", trusting_the_system(environ), threading.Event(), timeout)


def fetched(repository: str, folder: Path, **environ: str) -> tuple[int, str]:
    """Exit code and words of a process that fetches the jar with these variables."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if "CERT" not in name and "CA_BUNDLE" not in name and "proxy" not in name.lower()
    }
    command = [sys.executable, "-c", FETCH, JAR.sha256, str(folder), f"{repository}/maven2"]
    done = subprocess.run(command, env={**kept, **environ}, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_whom_the_system_trusts_is_trusted(
    repository: str, authority: tuple[Path, Path], tmp_path: Path, variable: str
) -> None:
    """OpenSSL finds the system's certificates in a file, or in a folder, each under the hash of its name."""
    trusted = authority[0]
    if variable == "SSL_CERT_DIR":
        trusted = tmp_path / "certificates"
        trusted.mkdir()
        shutil.copy(authority[0], trusted / f"{_hash_of_name('a company')}.0")
    assert fetched(repository, tmp_path / "libs", **{variable: str(trusted)}) == (0, "")
    assert {path.name: path.read_bytes() for path in (tmp_path / "libs").iterdir()} == {"thing-1.0.jar": CONTENT}


def _hash_of_name(name: str) -> str:
    """OpenSSL's, of a certificate whose subject is one common name: the SHA-1 of its canonical form (in small
    letters)."""
    text = name.encode()
    pair = b"\x06\x03\x55\x04\x03\x0c" + bytes([len(text)]) + text
    canonical = bytes([0x31, len(pair) + 2, 0x30, len(pair)]) + pair
    return hashlib.sha1(canonical).digest()[3::-1].hex()


def test_without_its_certificate_the_error_names_it_and_what_to_do(repository: str, tmp_path: Path) -> None:
    code, said = fetched(repository, tmp_path)
    assert code == 1
    assert said.startswith(f"Cannot download thing-1.0.jar: the certificate of {LOOPBACK} is not trusted (")
    assert said.endswith(
        "add its certificate to the system's, or name a file with it:"
        " SSL_CERT_FILE=/path/to/certificates.pem make up.\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("404/thing.jar", f"{LOOPBACK} answered 404 for "),
        ("403/thing.jar", f"{LOOPBACK} answered 403 for "),
        ("407/thing.jar", "the proxy needs a name and password"),
        ("429/thing.jar", f"{LOOPBACK} is busy (it answered 429). Try again in a while."),
        ("503/thing.jar", f"{LOOPBACK} is busy (it answered 503). Try again in a while."),
        ("cut/thing.jar", f"the download from {LOOPBACK} was cut short. Try again."),
        ("closed/thing.jar", f"the download from {LOOPBACK} was cut short. Try again."),
    ],
)
def test_what_a_server_does_wrong_is_said(
    repository: str, authority: tuple[Path, Path], tmp_path: Path, path: str, words: str
) -> None:
    with pytest.raises(DownloadFailed) as refused:
        get(f"{repository}/{path}", authority, tmp_path)
    assert str(refused.value).startswith(words)


def test_a_server_that_does_not_answer_is_not_waited_for_for_ever(
    repository: str, authority: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(DownloadFailed, match=f"{LOOPBACK} did not answer in time"):
        get(f"{repository}/slow/thing.jar", authority, tmp_path, 0.2)


def test_a_port_where_nobody_listens_and_a_name_that_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match=f"{LOOPBACK} refused the connection"):
        get(f"https://{LOOPBACK}:{free_port()}/thing.jar", None, tmp_path)
    with pytest.raises(DownloadFailed, match=r"the name nowhere\.invalid is not known here\. Check the network, DNS"):
        get("https://nowhere.invalid/thing.jar", None, tmp_path)


def test_what_speaks_no_tls_is_said(tmp_path: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as plain:

        def answer() -> None:
            connection, _ = plain.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(DownloadFailed, match=f"no TLS connection to {LOOPBACK}"):
            get(f"https://{LOOPBACK}:{plain.getsockname()[1]}/thing.jar", None, tmp_path)
        thread.join()


def test_a_bundle_without_certificates_is_named(tmp_path: Path) -> None:
    (tmp_path / "bundle.pem").write_text("nothing\n")
    with pytest.raises(DownloadFailed, match=r"SSL_CERT_FILE names .*bundle\.pem, which holds no certificates"):
        trusting_the_system({"SSL_CERT_FILE": str(tmp_path / "bundle.pem")})
    code, said = fetched("https://127.0.0.1:9", tmp_path / "libs", SSL_CERT_FILE=str(tmp_path / "bundle.pem"))
    assert (code, said.startswith("Kafka cannot be downloaded: SSL_CERT_FILE names ")) == (1, True)


@pytest.mark.parametrize(
    ("place", "words"), [("altered", "came with sha256"), ("cut", "was cut short"), ("404", "answered 404")]
)
def test_a_jar_that_did_not_come_whole_is_not_kept_and_those_that_came_are(
    repository: str,
    authority: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    words: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    fetch([JAR], tmp_path, repository=f"{repository}/maven2")
    with pytest.raises(JarError, match=words):
        fetch([Jar("org.example", "other", "2", JAR.sha256)], tmp_path, repository=f"{repository}/{place}")
    assert [path.name for path in tmp_path.iterdir()] == ["thing-1.0.jar"]


def test_a_jar_lies_where_maven_has_it() -> None:
    assert JAR.path == "org/example/things/thing/1.0/thing-1.0.jar"
    assert jars.MAVEN_CENTRAL.startswith("https://")
