"""A wire between a browser and a site that can be cut and mended, made of real sockets."""

from __future__ import annotations

import selectors
import socket
import threading
from types import TracebackType
from urllib.parse import urlsplit


class Relay:
    """Passes bytes on both ways between its own address and another. While it is cut nobody gets through."""

    def __init__(self, address: str) -> None:
        where = urlsplit(address)
        assert where.hostname is not None
        assert where.port is not None
        self._to = where.hostname, where.port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._is_cut = threading.Event()
        self._wake, self._woken = socket.socketpair()
        self._is_over = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Relay:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, where: TracebackType | None
    ) -> None:
        self._is_over = True
        self._wake.send(b"!")
        self._thread.join()
        self._wake.close()
        self._woken.close()

    def cut(self) -> None:
        """End every connection, and each that is tried from now on."""
        self._is_cut.set()
        self._wake.send(b"!")

    def mend(self) -> None:
        """Let new connections through again."""
        self._is_cut.clear()

    def _run(self) -> None:
        other: dict[socket.socket, socket.socket] = {}
        with selectors.DefaultSelector() as ready, self._listener:
            ready.register(self._listener, selectors.EVENT_READ)
            ready.register(self._woken, selectors.EVENT_READ)

            def end(one: socket.socket) -> None:
                for side in (one, other.pop(one)):
                    other.pop(side, None)
                    ready.unregister(side)
                    side.close()

            while not self._is_over:
                for key, _ in ready.select():
                    one = key.fileobj
                    assert isinstance(one, socket.socket)
                    if one is self._woken:
                        one.recv(64)
                        for side in list(other):
                            if side in other:
                                end(side)
                    elif one is self._listener:
                        near, _ = one.accept()
                        if self._is_cut.is_set():
                            near.close()
                            continue
                        far = socket.create_connection(self._to)
                        other[near], other[far] = far, near
                        ready.register(near, selectors.EVENT_READ)
                        ready.register(far, selectors.EVENT_READ)
                    elif one in other:
                        self._pass_on(one, other[one], end)
            for side in list(other):
                if side in other:
                    end(side)

    @staticmethod
    def _pass_on(one: socket.socket, to: socket.socket, end: object) -> None:
        assert callable(end)
        try:
            told = one.recv(1 << 16)
            if told:
                to.sendall(told)
            else:
                end(one)
        except OSError:
            end(one)
