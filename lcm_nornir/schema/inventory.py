"""The inventory as the LCM API tells it: switches and switch groups, read-only; and the texts of its messages."""

from __future__ import annotations

from lcm_nornir.schema.jobs import Reference
from lcm_nornir.schema.status import Document, SwitchMember


class Switch(Document):
    """A switch: a host of the inventory. No user and no secret is told.

    Attributes:
        id: In the API.
        name: Inventory name.
        platform: Its network OS, as the inventory calls it.
        host: Address or DNS name.
        switch_groups: All groups that it is in, also through another group.
    """

    id: str
    name: str
    platform: str
    host: str
    switch_groups: tuple[Reference, ...]


class SwitchList(Document):
    """All switches, in the inventory's order."""

    data: tuple[Switch, ...]


class SwitchGroup(Document):
    """A switch group: a group of the inventory, with the switches that are in it now."""

    id: str
    name: str
    switch_members: tuple[SwitchMember, ...]


class SwitchGroupList(Document):
    """All switch groups, in the inventory's order."""

    data: tuple[SwitchGroup, ...]


class MessageText(Document):
    """A text of the localization catalogue; `messageParams` of a message are the values of `parameters`, in order."""

    id: str
    message: str
    parameters: tuple[str, ...]


class MessageTextList(Document):
    """The whole localization catalogue, by id."""

    data: tuple[MessageText, ...]
