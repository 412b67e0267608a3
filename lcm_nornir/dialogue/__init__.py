"""A switch's dialogue: its words as they come, kept in a file that tells nothing of whose switch it is."""

from lcm_nornir.dialogue.kept import Dialogue, Dialogues
from lcm_nornir.dialogue.recording import Ended, Exchange, Kind, ReadFacts, Recording

__all__ = ["Dialogue", "Dialogues", "Ended", "Exchange", "Kind", "ReadFacts", "Recording"]
