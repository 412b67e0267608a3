"""The image that a switch is to run, in the switch's own words."""

from __future__ import annotations

from nornir.core.task import Task

from lcm_nornir.door import driver_of
from lcm_nornir.image import Image, ImageCatalog, image_for


def wanted_image(task: Task, image: Image | ImageCatalog) -> Image:
    """Give the image of the task's host, its version as the switch writes it.

    Raises:
        RequestError: As `image_for`, or the host's platform has no driver.
    """
    found = image_for(task.host, image)
    return found.spelled(driver_of(task).canonical(found.version))


def wanted_version(task: Task, image: Image | ImageCatalog | str) -> str:
    """Give the version that the task's host is to run, as the switch writes it; a text is a version.

    Raises:
        RequestError: As `wanted_image`.
    """
    return driver_of(task).canonical(image) if isinstance(image, str) else wanted_image(task, image).version


def file_name(task: Task, image: Image | ImageCatalog | str) -> str:
    """Give the file name of the image of the task's host; empty if only a version is known."""
    return "" if isinstance(image, str) else image_for(task.host, image).name
