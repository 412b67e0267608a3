"""What is approved: the switches, the image with its digest, the image server and the policy, bound by one digest."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable
from dataclasses import asdict

from nornir.core import Nornir
from nornir.core.inventory import Host

from lcm_nornir.door import Door
from lcm_nornir.errors import Invalid, RequestError, WrongState
from lcm_nornir.host_data import lcm_data, pair_up
from lcm_nornir.image import Image
from lcm_nornir.jobs.images import Images
from lcm_nornir.policy import Policy
from lcm_nornir.runners.waves import WaveRunner
from lcm_nornir.schema.jobs import ImageServer
from lcm_nornir.schema.messages import refused
from lcm_nornir.schema.status import Document, SwitchMember
from lcm_nornir.tasks.step import new_record

logger = logging.getLogger(__name__)

MOST_SWITCHES = 10_000
"""Switches of a job, unless another limit is set."""
_NAMED = 10  # differences in one message


class PlannedSwitch(Document):
    """A switch as it was approved.

    Attributes:
        id: In the API.
        name: Inventory name.
        address: ``address:port``.
        platform: Of its driver.
        data: What else the inventory says of it that an update depends on, as JSON.
    """

    id: str
    name: str
    address: str
    platform: str
    data: str


class Draft(Document):
    """What a job's author wants.

    Attributes:
        job: The job's id.
        switch_group: Name of the group whose hosts are its switches.
        os_image_version: What they are to run.
        image_file_name: Its file.
        image_server: Id of the image server on which that lies.
    """

    job: str
    switch_group: str
    os_image_version: str
    image_file_name: str
    image_server: str


class Plan(Document):
    """What is approved: the draft, and what it stands for.

    Attributes:
        job: As in the draft, and so are the next three.
        image_server: Where the image lies.
        switches: In the inventory's order.
        image: The image as plain data, with its digest.
        policy: What the update may do where there is a choice.
    """

    job: str
    switch_group: str
    os_image_version: str
    image_file_name: str
    image_server: ImageServer
    switches: tuple[PlannedSwitch, ...]
    image: dict[str, str | int]
    policy: dict[str, str | bool]

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of all of it."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()

    @property
    def members(self) -> tuple[SwitchMember, ...]:
        """Its switches as the API refers to them."""
        return tuple(SwitchMember(id=one.id, name=one.name) for one in self.switches)

    def differences(self, other: Plan) -> tuple[str, ...]:
        """Name what is not the same in another plan: fields, and switches by their names."""
        mine, its = self.model_dump(exclude={"switches"}), other.model_dump(exclude={"switches"})
        fields = [name for name in mine if mine[name] != its[name]]
        switches, others = ({one.name: one for one in plan.switches} for plan in (self, other))
        names = [name for name in {**switches, **others} if switches.get(name) != others.get(name)]
        return (*fields, *names)


class Planner:
    """Makes plans of jobs, of the inventory as it is now.

    Args:
        images: Image servers and the catalogue.
        policy: What updates may do where there is a choice.
        most: How many switches a job may have.
    """

    def __init__(self, images: Images, policy: Policy, most: int = MOST_SWITCHES) -> None:
        self._images, self._policy, self._most = images, policy, most

    def check(self, nornir: Nornir, draft: Draft) -> ImageServer:
        """Check what a draft refers to, and give its image server.

        Raises:
            NotFound: There is no such image server.
            Invalid: There is no such group, or no such image on that server, or the group has too many switches.
            RequestError: Images may not lie on that server's host.
        """
        server, _ = self._referred(nornir, draft)
        self._members(nornir, draft.switch_group)
        return server

    def plan(self, nornir: Nornir, draft: Draft, names: Iterable[str] = ()) -> Plan:
        """Plan a job.

        Args:
            nornir: With the inventory as it is now, under our runner.
            draft: What is wanted.
            names: Of the switches, once they are frozen, whatever is in the group by then.

        Raises:
            NotFound: There is no such image server any more.
            Invalid: There is no such group or image, the group has too many switches, or one cannot be used as the
                inventory describes it.
            RequestError: Images may not lie on that server's host.
        """
        server, image = self._referred(nornir, draft)
        frozen = frozenset(names)
        hosts = _named(nornir, frozen) if frozen else self._members(nornir, draft.switch_group)
        if not hosts:
            raise refused(Invalid, "lcm.group.empty", field="switch_group", group=draft.switch_group)
        return Plan(
            **draft.model_dump(exclude={"image_server"}),
            image_server=server,
            switches=_switches(nornir, hosts),
            image=image.dump(),
            policy=asdict(self._policy),
        )

    def _referred(self, nornir: Nornir, draft: Draft) -> tuple[ImageServer, Image]:
        if draft.switch_group not in nornir.inventory.groups:
            raise refused(Invalid, "lcm.group.unknown", field="switch_group", group=draft.switch_group)
        server = self._images.server(draft.image_server)
        return server, self._images.pinned(server, draft.image_file_name, draft.os_image_version)

    def _members(self, nornir: Nornir, group: str) -> list[Host]:
        found = [host for host in nornir.inventory.hosts.values() if host.has_parent_group(group)]
        if len(found) > self._most:
            raise refused(
                Invalid, "lcm.group.large", field="switch_group", group=group, count=len(found), most=self._most
            )
        return found


def _named(nornir: Nornir, names: frozenset[str]) -> list[Host]:
    return [host for host in nornir.inventory.hosts.values() if host.name in names]


def _switches(nornir: Nornir, chosen: Iterable[Host]) -> tuple[PlannedSwitch, ...]:
    try:
        pair_up(nornir.inventory.hosts.values())
    except RequestError as error:
        raise _unusable(error.field, error) from error
    return tuple(_switch(nornir, host) for host in chosen)


def _switch(nornir: Nornir, host: Host) -> PlannedSwitch:
    try:
        target = door_of(nornir).target_for(host, nornir.config)
    except RequestError as error:
        raise _unusable(host.name, error) from error
    return PlannedSwitch(
        id=new_record(host).id,
        name=host.name,
        address=f"{target.address}:{target.port}",
        platform=host.platform or "",
        data=json.dumps(lcm_data(host), sort_keys=True, default=str),
    )


def _unusable(switch: str, error: RequestError) -> Invalid:
    logger.warning("%s cannot be used as the inventory describes it: %s", switch, error)  # where, is not for everybody
    return refused(Invalid, "lcm.inventory.unusable", field="switch_group", switch=switch)


def door_of(nornir: Nornir) -> Door:
    """Give the door of our runner.

    Raises:
        TypeError: It is not under our runner.
    """
    if not isinstance(nornir.runner, WaveRunner):
        raise TypeError("not under our runner")
    return nornir.runner.door


def check_same(approved: Plan, now: Plan) -> None:
    """Refuse to run what is not what was approved.

    Raises:
        WrongState: They differ; it is named in what.
    """
    if different := approved.differences(now):
        raise refused(WrongState, "lcm.job.drifted", job=approved.job, what=", ".join(different[:_NAMED]))
