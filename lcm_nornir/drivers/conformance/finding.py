"""What the kit found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer to one question that is not as the contract says.

    Attributes:
        question: The question, as in `QUESTIONS`.
        method: The method, or the data, that it is about.
        detail: What is wrong.
        recording: The recording that shows it; empty if none does.
    """

    question: str
    method: str
    detail: str
    recording: str = ""

    def __str__(self) -> str:
        return f"{self.question}: {self.method}: {self.detail}" + (f" [{self.recording}]" if self.recording else "")
