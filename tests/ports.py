"""Which ports may a test's own servers take?

Below the system's range for outgoing connections (32768 on Linux): a port of that range may become
the near end of somebody's connection between our look and the server's start. Each process of the
test run has a stretch of its own and never gives a port twice before it has been through all.
"""

import os
import socket
from itertools import cycle

FIRST = 12_000
STRETCH = 1_000
SLOTS = 20

_slot = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % SLOTS
_first = FIRST + STRETCH * _slot
# Two runs on one machine begin at different places.
_offset = os.getpid() * 2 % STRETCH
_ports = cycle([_first + (_offset + step) % STRETCH for step in range(0, STRETCH, 2)])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Find a free port whose neighbour is free too (the launcher takes both)."""
    return next(port for port in _ports if _is_free(port) and _is_free(port + 1))
