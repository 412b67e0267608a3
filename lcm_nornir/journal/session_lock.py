"""A lock on a PostgreSQL server that is held as long as a connection lives."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import psycopg

logger = logging.getLogger(__name__)

_KEEP_UP = 2.0  # seconds between two looks at whether it is still held


class SessionLock:
    """An advisory lock that is held as long as a connection of its own lives; a context manager that keeps it up.

    Args:
        connect: Gives a connection.
        key: Of the lock.
        others: What is logged if it was lost and is another's then.
    """

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]], key: str, others: str) -> None:
        self._connect, self._key, self._others = connect, key, others
        self._connection: psycopg.Connection[Any] | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_up, name="lcm-service-lock", daemon=True)

    def take(self) -> bool:
        """Take it; False if it is another's."""
        self._connection = connection = self._connect()
        if connection.execute(f"SELECT pg_try_advisory_lock({self._key})").fetchone() == (True,):
            return True
        self._give_up()
        return False

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._give_up()

    def _keep_up(self) -> None:
        is_told = False
        while not self._over.wait(_KEEP_UP):
            try:
                if self._connection:
                    self._connection.execute("SELECT 1")
                elif not self.take() and not is_told:
                    logger.error("%s: end one of them", self._others)
                    is_told = True
            except psycopg.Error:
                self._give_up()

    def _give_up(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None
