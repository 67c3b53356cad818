"""If a port is taken, the process ends with a sentence that names it."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.ports import free_port


@pytest.mark.parametrize("purpose", ["the Stripe sandbox", "the mailbox's SMTP"])
def test_a_taken_port_is_named(tmp_path: Path, purpose: str) -> None:
    free = free_port()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        files = ["--state-dir", str(tmp_path / "state")]
        stripe = [
            "devstack.stripe_sandbox",
            "--port",
            port,
            "--public-url",
            "http://127.0.0.1",
            "--clock-file",
            str(tmp_path / "clock"),
        ]
        stripe += ["--webhook-url", "http://127.0.0.1:9/", "--webhook-secret-file", str(tmp_path / "secret")]
        mailbox = ["devstack.mailbox", "--http-port", str(free), "--smtp-port", port]
        command = [sys.executable, "-m", *(stripe if "Stripe" in purpose else mailbox), *files]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert (ended.returncode, ended.stderr) == (
        1,
        f"port {port} of 127.0.0.1, wanted for {purpose}, is not free (Address already in use):"
        " stop what has it, or set MICROCRED_PORT_OFFSET\n",
    )
