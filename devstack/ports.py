"""Ports on 127.0.0.1: free ones for tests, and whether a wanted one is taken."""

import os
import socket
from collections.abc import Collection

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens at this moment."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Several different free ports. All are held until the last is found, so that none comes twice."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def is_taken(port: int) -> bool:
    """Whether somebody listens on this port of 127.0.0.1 (or of all addresses). A port in TIME_WAIT is not taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


def free_offset(ports: Collection[int]) -> int:
    """An offset at which all these ports are free, for a second stack. Raises OSError if there is none."""
    for offset in range(1000 + os.getpid() * 40 % 19_000, 20_600, 40):  # below the ports of outgoing connections
        if not any(is_taken(port + offset) for port in ports):
            return offset
    raise OSError("every offset has a port that is taken")


def answers(port: int, timeout: float = 0.5) -> bool:
    """Whether a connection to this port of 127.0.0.1 is accepted."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout):
            return True
    except OSError:
        return False
