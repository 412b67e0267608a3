"""Secrets by reference, and their removal from text by value."""

from __future__ import annotations

import json
import os
import re
import stat
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Literal
from urllib.parse import quote, quote_plus

from lcm_nornir.errors import RequestError

_SHORTEST = 4  # a shorter value would blacken ordinary words
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is to be found. The reference may stand in files, logs and pickles; the secret may not.

    Args:
        kind: ``env`` (environment variable), ``file`` (first line of a file that only its owner can read) or
            ``keyring`` (``service/user`` in the system's keyring; needs the package ``keyring``).
        name: The variable, the path, or ``service/user``.
    """

    kind: Literal["env", "file", "keyring"]
    name: str

    @classmethod
    def parse(cls, text: str) -> SecretRef:
        """Read ``env:NAME``, ``file:PATH`` or ``keyring:SERVICE/USER``.

        Raises:
            RequestError: The text has another form.
        """
        kind, _, name = text.partition(":")
        if kind not in ("env", "file", "keyring") or not name:
            raise RequestError(
                "not a secret reference", field="secret", cure="write env:NAME, file:PATH or keyring:SERVICE/USER"
            )
        return cls(kind, name)  # type: ignore[arg-type]  # narrowed by the line above

    def resolve(self) -> str:
        """Fetch the secret; may be called any number of times.

        Raises:
            RequestError: There is no such secret, or its file can be read by others.
        """
        value = {"env": self._from_env, "file": self._from_file, "keyring": self._from_keyring}[self.kind]()
        if not value:
            raise RequestError("there is no secret", field=str(self), cure="set it")
        return value

    def _from_env(self) -> str:
        return os.environ.get(self.name, "")

    def _from_file(self) -> str:
        path = Path(self.name).expanduser()
        try:
            if path.stat().st_mode & _OPEN_TO_OTHERS:
                raise RequestError("others can read this file", field=str(self), cure=f"run: chmod 600 {self.name}")
            return path.read_text(encoding="utf-8").partition("\n")[0]
        except (OSError, UnicodeDecodeError) as error:
            raise RequestError(
                f"cannot be read: {getattr(error, 'strerror', None) or 'it is no UTF-8 text'}",
                field=str(self),
                cure="name a readable file",
            ) from error

    def _from_keyring(self) -> str:
        try:
            import keyring  # noqa: PLC0415 - optional, and slow to import
        except ImportError as error:
            raise RequestError(
                "the package keyring is missing", field=str(self), cure="run: pip install keyring"
            ) from error
        service, _, user = self.name.partition("/")
        try:
            return keyring.get_password(service, user) or ""
        except keyring.errors.KeyringError as error:
            raise RequestError(
                f"the keyring does not answer: {type(error).__name__}",
                field=str(self),
                cure="unlock it, or set one up (python -m keyring diagnose)",
            ) from error

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


class Redaction:
    """Takes known secrets out of text, in the forms in which they travel: raw, URL-encoded, JSON, base64, escaped.

    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._lock = Lock()

    def add(self, secret: str | None) -> None:
        """Learn a secret; adding it again changes nothing."""
        if secret is None or len(secret) < _SHORTEST or secret in self._values:
            return
        with self._lock:
            self._values.add(secret)
            forms = {form for value in self._values for form in _forms(value)}
            self._pattern = re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))

    def __call__(self, text: str) -> str:
        """Give the text with every known secret replaced by ``***``."""
        return self._pattern.sub("***", text) if self._pattern else text


def _forms(secret: str) -> set[str]:
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret, ensure_ascii=False)[1:-1],
        re.escape(secret),
        json.dumps(secret)[1:-1],
        b64encode(secret.encode()).decode(),
    }
