"""The recorder as a Nornir processor: it keeps what each switch of a run says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nornir.core.inventory import Host
from nornir.core.task import AggregatedResult, MultiResult, Task

from lcm_nornir.dialogue import Dialogues


class DialogueRecorder:
    """A Nornir processor that keeps the dialogue with each switch of a run in a file of its own, redacted.

    A file is written whenever a session with its switch has ended, and holds all of the dialogue so far. It is a
    recording for `lcm_nornir.drivers.replay` and for simulated switches; docs/record.md tells what is taken out of it.
    If it cannot be written, that is logged, and the run goes on. Calls that the door makes in other processes
    (``executor``) are not heard.

    Args:
        folder: Where the files go; it is made, of mode 0700, the files of mode 0600.
        about: What is to be known of these switches, for whoever reads the recordings.
        configurations: Keep the words of configurations, too; what is private in them can only be guessed.

    Raises:
        RequestError: Nothing can be written in the folder.
    """

    def __init__(self, folder: Path | str, *, about: str = "", configurations: bool = False) -> None:
        self.dialogues = Dialogues(Path(folder), about=about, configurations=configurations)

    @property
    def files(self) -> Mapping[str, Path]:
        """The file of each switch of which one was written, by inventory name."""
        return {name: one.file for name, one in self.dialogues.by_switch() if one.file}

    @property
    def troubles(self) -> Mapping[str, str]:
        """Why a switch's file could not be written, by inventory name."""
        return {name: one.trouble for name, one in self.dialogues.by_switch() if one.trouble}

    def task_started(self, task: Task) -> None:
        """Nothing: the door asks for `dialogues`."""

    def task_completed(self, task: Task, result: AggregatedResult) -> None:
        """Write what is not written yet: under another runner than ours a session may still be open."""
        del task, result
        for _name, dialogue in self.dialogues.by_switch():
            dialogue.save()

    def task_instance_started(self, task: Task, host: Host) -> None:
        """Nothing: as above."""

    def task_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Nothing: as above."""

    def subtask_instance_started(self, task: Task, host: Host) -> None:
        """Nothing: as above."""

    def subtask_instance_completed(self, task: Task, host: Host, result: MultiResult) -> None:
        """Nothing: as above."""
