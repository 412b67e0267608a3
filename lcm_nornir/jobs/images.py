"""Where images lie, and which there are: image servers, and a catalogue in which each image is pinned by its digest."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable

from lcm_nornir.errors import Invalid, RequestError, WrongState
from lcm_nornir.image import Image
from lcm_nornir.jobs.lifecycle import Actor
from lcm_nornir.journal.documents import Change, Collection
from lcm_nornir.journal.store import Store
from lcm_nornir.schema.jobs import CataloguedImage, ImageBody, ImageServer, ImageServerBody, Reference
from lcm_nornir.schema.messages import refused
from lcm_nornir.secrets import SecretRef


class Images:
    """Image servers, and the images on them. Safe to use from several threads.

    Who may change them is asked before (`api`): they say from where switches take what they will run.

    Args:
        store: Where they are kept.
        check_host: Refuses, with a `RequestError`, a host on which images may not lie. It is asked when a server is
            written, and again whenever an image of it is about to be used: what is allowed may have changed.
    """

    def __init__(self, store: Store, check_host: Callable[[str], object]) -> None:
        self._check_host = check_host
        self._servers = Collection(store, "image-server", ImageServer, lambda server: server.name)
        self._images = Collection(store, "image", CataloguedImage, _key)

    def servers(self) -> tuple[ImageServer, ...]:
        """Give all image servers, the oldest first."""
        return tuple(kept.document for kept in self._servers.all())

    def server(self, name: str) -> ImageServer:
        """Give the image server with this id.

        Raises:
            NotFound: There is none.
        """
        return self._servers.get(name).document

    def add_server(self, actor: Actor, body: ImageServerBody) -> ImageServer:
        """Add an image server.

        Raises:
            RequestError: A field cannot be used, or its host is not allowed.
            WrongState: Its name is taken.
        """
        server = ImageServer(id=str(uuid.uuid4()), **body.model_dump())
        self._check_host(server.host)
        _image(server, _PROBE)
        return self._servers.add(server.id, server, Change(actor.name, "create")).document

    def replace_server(self, actor: Actor, name: str, body: ImageServerBody) -> ImageServer:
        """Write an image server anew; jobs that were approved with the former one are refused from now on.

        Raises:
            NotFound: There is none.
            RequestError: A field cannot be used, or its host is not allowed.
            WrongState: Its name is taken, or it was changed meanwhile.
        """
        kept = self._servers.get(name)
        server = ImageServer(id=kept.id, **body.model_dump())
        self._check_host(server.host)
        _image(server, _PROBE)
        return self._servers.replace(kept, server, Change(actor.name, "replace")).document

    def remove_server(self, actor: Actor, name: str) -> None:
        """Remove an image server.

        Raises:
            NotFound: There is none.
            WrongState: An image of the catalogue lies there.
        """
        kept = self._servers.get(name)
        if any(image.image_server.id == kept.id for image in self.images()):
            raise refused(WrongState, "lcm.image_server.used", name=kept.document.name)
        self._servers.remove(kept, Change(actor.name, "delete"))

    def images(self) -> tuple[CataloguedImage, ...]:
        """Give all images of the catalogue, the oldest first."""
        return tuple(kept.document for kept in self._images.all())

    def image(self, name: str) -> CataloguedImage:
        """Give the image with this id.

        Raises:
            NotFound: There is none.
        """
        return self._images.get(name).document

    def add_image(self, actor: Actor, body: ImageBody) -> CataloguedImage:
        """Put an image into the catalogue.

        Raises:
            NotFound: There is no such image server.
            Invalid: A field cannot be used, or there is no digest.
            WrongState: There is one with this file name on this server.
        """
        image = self._checked(str(uuid.uuid4()), body)
        return self._images.add(image.id, image, Change(actor.name, "create")).document

    def replace_image(self, actor: Actor, name: str, body: ImageBody) -> CataloguedImage:
        """Write an image of the catalogue anew; jobs that were approved with the former one are refused from now on.

        Raises:
            NotFound: There is no such image, or no such image server.
            Invalid: A field cannot be used, or there is no digest.
            WrongState: There is another one with this file name on this server, or it was changed meanwhile.
        """
        kept = self._images.get(name)
        return self._images.replace(kept, self._checked(kept.id, body), Change(actor.name, "replace")).document

    def remove_image(self, actor: Actor, name: str) -> None:
        """Take an image out of the catalogue.

        Raises:
            NotFound: There is none.
        """
        self._images.remove(self._images.get(name), Change(actor.name, "delete"))

    def pinned(self, server: ImageServer, file: str, version: str) -> Image:
        """Give the image of the catalogue with this file name on this server, as switches are told of it.

        Raises:
            Invalid: There is none, or it is of another version.
            RequestError: The server's host is not allowed.
        """
        self._check_host(server.host)
        for image in self._on(server, file):
            if image.os_image_version != version:
                raise refused(
                    Invalid,
                    "lcm.image.version",
                    field="os_image_version",
                    file=file,
                    version=image.os_image_version,
                    wanted=version,
                )
            return _image(server, image)
        raise refused(Invalid, "lcm.image.unknown", field="image_file_name", file=file, server=server.name)

    def revisions(self, server: str, file: str) -> tuple[tuple[str, int], ...]:
        """Give ids and revisions of an image server and of an image on it, so far as they are there.

        Args:
            server: The server's id.
            file: The image's file name.
        """
        servers = [(kept.id, kept.revision) for kept in self._servers.all() if kept.id == server]
        wanted = f"{server} {file}"
        images = [(kept.id, kept.revision) for kept in self._images.all() if _key(kept.document) == wanted]
        return (*servers, *images)

    def writers(self, server: ImageServer, file: str) -> frozenset[str]:
        """Give who made the last change of the image with this file name, and who of the server on which it lies."""
        images = (self._images.history(one.id) for one in self._on(server, file))
        histories = (self._servers.history(server.id), *images)
        return frozenset(json.loads(notes[-1].body)["by"] for notes in histories if notes)

    def _on(self, server: ImageServer, file: str) -> tuple[CataloguedImage, ...]:
        wanted = (server.id, file)
        return tuple(one for one in self.images() if (one.image_server.id, one.image_file_name) == wanted)

    def _checked(self, name: str, body: ImageBody) -> CataloguedImage:
        server = self.server(body.image_server.id)
        if not (body.sha256 or body.sha512):
            raise refused(Invalid, "lcm.image.digest", field="sha256", file=body.image_file_name)
        values = {**dict(body), "image_server": body.image_server.model_copy(update={"name": server.name})}
        image = CataloguedImage(id=name, **values)
        _image(server, image)
        return image


def _key(image: CataloguedImage) -> str:
    return f"{image.image_server.id} {image.image_file_name}"


_PROBE = CataloguedImage(
    id="probe",
    image_server=Reference(id="probe"),
    image_file_name="image.bin",
    os_image_version="1",
    sha256="0" * 64,
)
"""An image that is good wherever it lies: with it a server is looked at."""
_FIELDS = {
    (True, False): "os_image_version",
    (False, True): "host",
    (False, False): "image_file_name",
}
"""Whether the version is at fault, and whether only the server is looked at: the field to be named."""
_OWN = ("secret", "sha256", "sha512")  # fields that are called here as an image calls them


def _image(server: ImageServer, image: CataloguedImage) -> Image:
    """Give an image as switches are told of it.

    Raises:
        Invalid: Its URL, or its version, is none that may be typed at a switch, or the secret is no reference.
    """
    host = f"[{server.host}]" if ":" in server.host else server.host
    port = f":{server.port}" if server.port else ""
    path = f"{server.path.strip('/')}/{image.image_file_name}".lstrip("/")
    try:
        return Image(
            url=f"{server.protocol}://{host}{port}/{path}",
            version=image.os_image_version,
            sha256=image.sha256,
            sha512=image.sha512,
            size=image.size or None,
            credentials=SecretRef.parse(server.secret) if server.secret else None,
        )
    except RequestError as error:
        field = error.field if error.field in _OWN else _FIELDS[error.field == "version", image is _PROBE]
        raise refused(Invalid, "lcm.image.unusable", field=field, why=error.message) from error
