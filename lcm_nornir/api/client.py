"""A typed client of the LCM API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel

from lcm_nornir.api.auth import TokenDocument
from lcm_nornir.api.users import ChangedUser, DeedDocument, DeedList, NewUser, UserDocument, UserList
from lcm_nornir.schema import UpdateJobStatus
from lcm_nornir.schema.inventory import MessageTextList, Switch, SwitchGroup, SwitchGroupList, SwitchList
from lcm_nornir.schema.jobs import (
    CataloguedImage,
    CataloguedImageList,
    DeployBody,
    ImageBody,
    ImageServer,
    ImageServerBody,
    ImageServerList,
    ResumeBody,
    UpdateJob,
    UpdateJobBody,
    UpdateJobList,
)
from lcm_nornir.schema.messages import Message
from lcm_nornir.schema.reasons import SwitchReason, SwitchReasonList

D = TypeVar("D", bound=BaseModel)

_JOBS, _SERVERS, _IMAGES = "/lcm/update-jobs", "/lcm/image-servers", "/lcm/os-images"
_DEEDS = 100  # lines of the record at once, unless another number is asked for
_SECONDS = 60.0


class Rejected(Exception):
    """The service has answered with an error.

    Attributes:
        status: HTTP status.
        message: What it says.
    """

    def __init__(self, status: int, message: Message) -> None:
        super().__init__(f"{status}: {message.message}")
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True)
class JobEvent:
    """An event of a job.

    Attributes:
        id: Its number: what is sent as ``Last-Event-ID`` to be told what follows.
        kind: ``row`` or ``job``.
        data: A switch's row of the status, or the job's state, as JSON.
    """

    id: int
    kind: str
    data: str


@dataclass(frozen=True, slots=True)
class JobSeen:
    """A job as it was read.

    Attributes:
        job: The job.
        tag: What `Client.approve` and others take as `seen`: they do nothing if the job is another by then.
    """

    job: UpdateJob
    tag: str


class Client:
    """A client of the LCM API; a method is a route. For one thread at a time.

    Args:
        url: Of the service, for example ``http://127.0.0.1:8443``.
        token: What proves who you are; `login` gets one.
        verify: Which certificates to trust, as for httpx; for a service with a certificate of its own
            ``ssl.create_default_context(cafile=…)``.
        transport: Another way to the service, as for httpx.

    Every method raises `Rejected` where the service answers with an error, and httpx's exceptions where it does not
    answer.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        verify: SSLContext | bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(
            base_url=url, verify=verify, transport=transport, timeout=_SECONDS, follow_redirects=False
        )
        self._use(token)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def login(self, user: str, password: str, scopes: tuple[str, ...] = ()) -> TokenDocument:
        """Get a token for user and password, and use it from now on."""
        body = {"user": user, "password": password, "scopes": list(scopes)}
        return self._token(self._ask("POST", "/auth/token", json=body))

    def extend(self) -> TokenDocument:
        """Get a new token for the one in use, and use it from now on."""
        return self._token(self._ask("POST", "/auth/token/extend"))

    def logout(self) -> Message:
        """End the token in use."""
        return self._message("DELETE", "/auth/token")

    def jobs(self) -> tuple[UpdateJob, ...]:
        """Give all jobs."""
        return self._get(_JOBS, UpdateJobList).data

    def job(self, name: str) -> UpdateJob:
        """Give a job."""
        return self._get(f"{_JOBS}/{name}", UpdateJob)

    def job_seen(self, name: str) -> JobSeen:
        """Give a job with the tag by which it is known again: read it before its image, then decide with `seen`."""
        answer = self._ask("GET", f"{_JOBS}/{name}")
        return JobSeen(_read(answer, UpdateJob), answer.headers["ETag"])

    def create_job(self, body: UpdateJobBody, *, key: str = "") -> Message:
        """Make a draft."""
        return self._message("POST", _JOBS, body, key)

    def replace_job(self, name: str, body: UpdateJobBody, *, seen: str = "") -> Message:
        """Write a draft anew; with the tag of `job_seen`, only if it is still that."""
        return self._message("PUT", f"{_JOBS}/{name}", body, seen=seen)

    def delete_job(self, name: str) -> Message:
        """Delete a job."""
        return self._message("DELETE", f"{_JOBS}/{name}")

    def send_for_approval(self, name: str, *, key: str = "", seen: str = "") -> Message:
        """Ask for approval of a draft; with the tag of `job_seen`, only if it is still that."""
        return self._message("POST", f"{_JOBS}/{name}/send-for-approval", None, key, seen)

    def approve(self, name: str, *, key: str = "", seen: str = "") -> Message:
        """Approve a job of somebody else; with the tag of `job_seen`, only if it and its image are still that."""
        return self._message("POST", f"{_JOBS}/{name}/approve", None, key, seen)

    def deploy(self, name: str, body: DeployBody, *, key: str = "", seen: str = "") -> Message:
        """Run an approved job; with the tag of `job_seen`, only if it is still that."""
        return self._message("POST", f"{_JOBS}/{name}/deploy", body, key, seen)

    def cancel(self, name: str, *, key: str = "") -> Message:
        """Take back an approval or a time, or stop a job at safe points."""
        return self._message("POST", f"{_JOBS}/{name}/cancel", None, key)

    def resume(self, name: str, decisions: Mapping[str, str] | None = None, *, key: str = "") -> Message:
        """Go on with switches that are held or were stopped."""
        return self._message("POST", f"{_JOBS}/{name}/resume", ResumeBody(decisions=dict(decisions or {})), key)

    def status(self, name: str) -> UpdateJobStatus:
        """Give the status of a job."""
        return _read(self._ask("POST", f"{_JOBS}/{name}/status"), UpdateJobStatus)

    def reasons(self, name: str) -> tuple[SwitchReason, ...]:
        """Give why each switch of a job stands as it does."""
        return self._get(f"{_JOBS}/{name}/reasons", SwitchReasonList).data

    def events(self, name: str, after: int | None = None) -> Iterator[JobEvent]:
        """Give what changes of a job until it has ended, the service is stopped or the token has expired.

        Args:
            name: The job's id.
            after: The `JobEvent.id` that was seen last; None: begin with the rows as they are.
        """
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        path = f"{_JOBS}/{name}/events"
        with self._http.stream("GET", path, headers=headers, timeout=httpx.Timeout(_SECONDS)) as response:
            if response.is_error:
                response.read()
                _check(response)
            fields: dict[str, str] = {}
            for line in response.iter_lines():
                key, _, value = line.partition(": ")
                if key:
                    fields[key] = value
                elif "id" in fields:
                    yield JobEvent(int(fields["id"]), fields["event"], fields["data"])
                    fields = {}

    def image_servers(self) -> tuple[ImageServer, ...]:
        """Give all image servers."""
        return self._get(_SERVERS, ImageServerList).data

    def image_server(self, name: str) -> ImageServer:
        """Give an image server."""
        return self._get(f"{_SERVERS}/{name}", ImageServer)

    def create_image_server(self, body: ImageServerBody, *, key: str = "") -> Message:
        """Add an image server."""
        return self._message("POST", _SERVERS, body, key)

    def replace_image_server(self, name: str, body: ImageServerBody) -> Message:
        """Write an image server anew."""
        return self._message("PUT", f"{_SERVERS}/{name}", body)

    def delete_image_server(self, name: str) -> Message:
        """Remove an image server."""
        return self._message("DELETE", f"{_SERVERS}/{name}")

    def os_images(self) -> tuple[CataloguedImage, ...]:
        """Give all images of the catalogue."""
        return self._get(_IMAGES, CataloguedImageList).data

    def os_image(self, name: str) -> CataloguedImage:
        """Give an image of the catalogue."""
        return self._get(f"{_IMAGES}/{name}", CataloguedImage)

    def create_os_image(self, body: ImageBody, *, key: str = "") -> Message:
        """Put an image into the catalogue."""
        return self._message("POST", _IMAGES, body, key)

    def replace_os_image(self, name: str, body: ImageBody) -> Message:
        """Write an image of the catalogue anew."""
        return self._message("PUT", f"{_IMAGES}/{name}", body)

    def delete_os_image(self, name: str) -> Message:
        """Take an image out of the catalogue."""
        return self._message("DELETE", f"{_IMAGES}/{name}")

    def switches(self) -> tuple[Switch, ...]:
        """Give all switches."""
        return self._get("/lcm/switches", SwitchList).data

    def switch(self, name: str) -> Switch:
        """Give a switch."""
        return self._get(f"/lcm/switches/{name}", Switch)

    def switch_groups(self) -> tuple[SwitchGroup, ...]:
        """Give all switch groups."""
        return self._get("/lcm/switch-groups", SwitchGroupList).data

    def switch_group(self, name: str) -> SwitchGroup:
        """Give a switch group."""
        return self._get(f"/lcm/switch-groups/{name}", SwitchGroup)

    def messages(self) -> MessageTextList:
        """Give the localization catalogue."""
        return self._get("/lcm/messages", MessageTextList)

    def users(self) -> tuple[UserDocument, ...]:
        """Give all users; for admins."""
        return self._get("/users", UserList).data

    def add_user(self, body: NewUser) -> Message:
        """Add a user; for admins."""
        told = {**body.model_dump(mode="json"), "password": body.password.get_secret_value()}
        return _read(self._ask("POST", "/users", json=told), Message)

    def change_user(self, name: str, body: ChangedUser) -> Message:
        """Give a user other roles, or disable him; his tokens end. For admins."""
        return self._message("PUT", f"/users/{name}", body)

    def audit(self, after: int = 0, limit: int = _DEEDS) -> tuple[DeedDocument, ...]:
        """Give a page of who did what, oldest first; for admins.

        Args:
            after: The `DeedDocument.seq` that was seen last; 0: from the begin.
            limit: How many at most; the service may give fewer at once, and none only where nothing follows.
        """
        answer = self._ask("GET", "/audit", params={"after": after, "limit": limit})
        return _read(answer, DeedList).data

    def metrics(self) -> str:
        """Give the service's numbers in the text format of Prometheus."""
        return self._ask("GET", "/metrics").text

    def openapi(self) -> dict[str, Any]:
        """Give the OpenAPI document of the service."""
        found: dict[str, Any] = self._ask("GET", "/openapi.json").json()
        return found

    def alive(self) -> Message:
        """Tell that the service answers."""
        return self._message("GET", "/healthz")

    def ready(self) -> Message:
        """Tell whether the service is ready."""
        return self._message("GET", "/readyz")

    def _get(self, path: str, model: type[D]) -> D:
        return _read(self._ask("GET", path), model)

    def _message(self, method: str, path: str, body: BaseModel | None = None, key: str = "", seen: str = "") -> Message:
        headers = {name: value for name, value in (("Idempotency-Key", key), ("If-Match", seen)) if value}
        content = None
        if body is not None:
            content, headers = body.model_dump_json(), {**headers, "Content-Type": "application/json"}
        return _read(self._ask(method, path, content=content, headers=headers), Message)

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return _check(self._http.request(method, path, **more))

    def _token(self, response: httpx.Response) -> TokenDocument:
        told = _read(response, TokenDocument)
        self._use(told.token)
        return told

    def _use(self, token: str | None) -> None:
        self._http.headers.pop("Authorization", None)
        if token:
            self._http.headers["Authorization"] = f"SFD {token}"


def _read(response: httpx.Response, model: type[D]) -> D:
    return model.model_validate_json(response.content)


def _check(response: httpx.Response) -> httpx.Response:
    if response.is_error:
        raise Rejected(response.status_code, _read(response, Message))
    return response
