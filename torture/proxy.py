"""A proxy between driver and server that cuts the connection at a COMMIT."""

from __future__ import annotations

import socket
import threading
from typing import Final, Literal, Self
from urllib.parse import urlsplit

__all__ = ["Cut", "Proxy"]

COMMIT: Final = bytes.fromhex("0002b0120000")
"""Chunk of Bolt with a COMMIT message (signature 0x12, no fields) and its end."""
BEGIN: Final = bytes.fromhex("b111")
"""Bolt message that opens a transaction; its metadata hold the name that we give it."""
BUFFER: Final = 1 << 16

Cut = Literal["before", "sent", "answered"]
"""before: the COMMIT never arrives; sent: it arrives and nobody waits for the answer; answered: the server has
committed and said so, and the answer gets lost."""


class Proxy:
    """Passes everything on, but for the cuts that were ordered.

    Args:
        target: Bolt address of the server.
    """

    def __init__(self, target: str) -> None:
        address = urlsplit(target)
        self.target = (address.hostname or "127.0.0.1", address.port or 7687)
        self.cuts: list[tuple[str, Cut]] = []
        self._orders: dict[str, Cut] = {}
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._accept, name="proxy", daemon=True)

    @property
    def uri(self) -> str:
        """Where drivers connect to."""
        return f"bolt://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close everything."""
        shut(self._listener)  # closing alone does not wake the thread that waits for it
        with self._lock:
            for one in self._open:
                shut(one)

    def order(self, name: str, cut: Cut) -> None:
        """Cut the next transaction of a name at its COMMIT, once."""
        with self._lock:
            self._orders[name] = cut

    # ── connections ───────────────────────────────────────────────────────

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self.target, timeout=10)
            except OSError:
                shut(client)
                continue
            server.settimeout(None)
            with self._lock:
                self._open |= {client, server}
            connection = Connection(self, client, server)
            for work in (connection.upstream, connection.downstream):
                threading.Thread(target=work, daemon=True).start()

    def take_order(self, transaction: bytes) -> Cut | None:
        """Return the cut that was ordered for a transaction, which then is done."""
        with self._lock:
            for name, cut in self._orders.items():
                if name.encode() in transaction:
                    del self._orders[name]
                    self.cuts.append((name, cut))
                    return cut
        return None


class Connection:
    """One connection through the proxy."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self.proxy = proxy
        self.client = client
        self.server = server
        self.deaf = threading.Event()
        self.begun = b""

    def upstream(self) -> None:
        """Pass on what the client says, and look for the COMMIT."""
        try:
            while data := self.client.recv(BUFFER):
                if BEGIN in data:
                    self.begun = data[data.rindex(BEGIN) :][:1000]
                cut = self.proxy.take_order(self.begun) if COMMIT in data else None
                if cut == "before":
                    return
                if cut == "answered":
                    self.deaf.set()
                self.server.sendall(data)
                if cut == "sent":
                    return
        except OSError:
            pass
        finally:
            if not self.deaf.is_set():
                self.close()

    def downstream(self) -> None:
        """Pass on what the server answers, unless the answer is to get lost."""
        try:
            while data := self.server.recv(BUFFER):
                if self.deaf.is_set():
                    return
                self.client.sendall(data)
        except OSError:
            pass
        finally:
            self.close()

    def close(self) -> None:
        """End both sides."""
        shut(self.client)
        shut(self.server)


def shut(one: socket.socket) -> None:
    """Close a socket also when another thread is reading from it."""
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()
