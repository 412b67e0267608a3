"""Switches and switch groups over HTTP, read-only: the inventory's hosts and groups; and the texts of messages."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter
from nornir.core import Nornir
from nornir.core.inventory import Host

from lcm_nornir.api.parts import Id, PartsDep
from lcm_nornir.errors import NotFound
from lcm_nornir.host_data import switch_id
from lcm_nornir.schema.inventory import (
    MessageText,
    MessageTextList,
    Switch,
    SwitchGroup,
    SwitchGroupList,
    SwitchList,
)
from lcm_nornir.schema.jobs import Reference
from lcm_nornir.schema.messages import catalogue, refused
from lcm_nornir.schema.status import SwitchMember

router = APIRouter(prefix="/lcm", tags=["inventory"])


@router.get("/switches")
def list_switches(shared: PartsDep) -> SwitchList:
    """Give all switches, in the inventory's order."""
    return SwitchList(data=tuple(map(_switch, shared.inventory().inventory.hosts.values())))


@router.get("/switches/{id}")
def read_switch(name: Id, shared: PartsDep) -> Switch:
    """Give a switch."""
    hosts = shared.inventory().inventory.hosts.values()
    found = next((host for host in hosts if switch_id(host) == name), None)
    if found is None:
        raise refused(NotFound, "lcm.document.unknown", name=name)
    return _switch(found)


@router.get("/switch-groups")
def list_groups(shared: PartsDep) -> SwitchGroupList:
    """Give all switch groups, in the inventory's order."""
    nornir = shared.inventory()
    return SwitchGroupList(data=tuple(_groups(nornir, nornir.inventory.groups)))


@router.get("/switch-groups/{id}")
def read_group(name: Id, shared: PartsDep) -> SwitchGroup:
    """Give a switch group."""
    nornir = shared.inventory()
    if name not in nornir.inventory.groups:
        raise refused(NotFound, "lcm.document.unknown", name=name)
    (group,) = _groups(nornir, [name])
    return group


@router.get("/messages")
def list_messages() -> MessageTextList:
    """Give the localization catalogue."""
    texts = sorted(catalogue().items())
    return MessageTextList(
        data=tuple(MessageText(id=key, message=one.text, parameters=one.parameters) for key, one in texts)
    )


def _groups(nornir: Nornir, names: Iterable[str]) -> list[SwitchGroup]:
    members: dict[str, list[SwitchMember]] = {name: [] for name in names}
    for host in nornir.inventory.hosts.values():
        member = SwitchMember(id=switch_id(host), name=host.name)
        for group in host.extended_groups():
            if group.name in members:
                members[group.name].append(member)
    return [SwitchGroup(id=name, name=name, switch_members=tuple(found)) for name, found in members.items()]


def _switch(host: Host) -> Switch:
    groups = tuple(Reference(id=group.name, name=group.name) for group in host.extended_groups())
    return Switch(
        id=switch_id(host),
        name=host.name,
        platform=host.platform or "",
        host=host.hostname or host.name,
        switch_groups=groups,
    )
