"""Image servers and the image catalogue over HTTP."""

from __future__ import annotations

from fastapi import APIRouter

from lcm_nornir.api.parts import ActorDep, Id, OnceDep, PartsDep
from lcm_nornir.schema.jobs import (
    CataloguedImage,
    CataloguedImageList,
    ImageBody,
    ImageServer,
    ImageServerBody,
    ImageServerList,
)
from lcm_nornir.schema.messages import Message, message

servers = APIRouter(prefix="/lcm/image-servers", tags=["image servers"])
catalogue = APIRouter(prefix="/lcm/os-images", tags=["image catalogue"])


@servers.get("")
def list_servers(shared: PartsDep) -> ImageServerList:
    """Give all image servers, the oldest first."""
    return ImageServerList(data=shared.images.servers())


@servers.post("")
def create_server(body: ImageServerBody, shared: PartsDep, actor: ActorDep, once: OnceDep) -> Message:
    """Add an image server, on a host that is allowed; `new_object_id` is its id."""

    def create() -> Message:
        server = shared.images.add_server(actor, body)
        return message("lcm.image_server.created", name=server.name, new_object_id=server.id)

    return once(create)


@servers.get("/{id}")
def read_server(name: Id, shared: PartsDep) -> ImageServer:
    """Give an image server."""
    return shared.images.server(name)


@servers.put("/{id}")
def replace_server(name: Id, body: ImageServerBody, shared: PartsDep, actor: ActorDep) -> Message:
    """Write an image server anew; jobs that were approved with the former one are refused from now on."""
    server = shared.images.replace_server(actor, name, body)
    return message("lcm.image_server.replaced", name=server.name)


@servers.delete("/{id}")
def delete_server(name: Id, shared: PartsDep, actor: ActorDep) -> Message:
    """Remove an image server on which no image of the catalogue lies."""
    shared.images.remove_server(actor, name)
    return message("lcm.image_server.deleted", name=name)


@catalogue.get("")
def list_images(shared: PartsDep) -> CataloguedImageList:
    """Give all images of the catalogue, the oldest first."""
    return CataloguedImageList(data=shared.images.images())


@catalogue.post("")
def create_image(body: ImageBody, shared: PartsDep, actor: ActorDep, once: OnceDep) -> Message:
    """Put an image into the catalogue, pinned by its digest; `new_object_id` is its id."""

    def create() -> Message:
        image = shared.images.add_image(actor, body)
        return message("lcm.image.created", file=image.image_file_name, new_object_id=image.id)

    return once(create)


@catalogue.get("/{id}")
def read_image(name: Id, shared: PartsDep) -> CataloguedImage:
    """Give an image of the catalogue."""
    return shared.images.image(name)


@catalogue.put("/{id}")
def replace_image(name: Id, body: ImageBody, shared: PartsDep, actor: ActorDep) -> Message:
    """Write an image of the catalogue anew; jobs that were approved with the former one are refused from now on."""
    image = shared.images.replace_image(actor, name, body)
    return message("lcm.image.replaced", file=image.image_file_name)


@catalogue.delete("/{id}")
def delete_image(name: Id, shared: PartsDep, actor: ActorDep) -> Message:
    """Take an image out of the catalogue."""
    shared.images.remove_image(actor, name)
    return message("lcm.image.deleted", name=name)
