"""Errors are plain data: whole after pickling and copying, told in full, and named in the API's words."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from collections.abc import Callable
from typing import Any

import pytest

from lcm_nornir import errors
from lcm_nornir.errors import LcmError, Refused, RequestError, SessionError
from lcm_nornir.schema import UpdateError

KINDS: list[type[Any]] = [
    kind
    for name, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, Exception) and not name.startswith("_")
]
OF_SWITCHES = [kind for kind in KINDS if issubclass(kind, LcmError)]
COPIES: list[Callable[[Exception], Exception]] = [
    lambda error: pickle.loads(pickle.dumps(error)),  # noqa: S301 - our own bytes
    copy.copy,
    copy.deepcopy,
]


def fields_of(kind: type[Any]) -> list[str]:
    signature = inspect.signature(kind)
    return [name for name, it in signature.parameters.items() if it.kind is inspect.Parameter.KEYWORD_ONLY]


def filled(kind: type[Any]) -> Any:
    return kind("what happened", **{name: f"the {name}" for name in fields_of(kind)})


def test_every_error_is_of_one_of_three_families() -> None:
    assert {kind for kind in KINDS if not issubclass(kind, LcmError | RequestError | SessionError)} == set()
    assert {kind: fields_of(kind) for kind in (LcmError, RequestError, SessionError)} == {
        LcmError: ["host", "step", "command", "said", "remedy"],
        RequestError: ["field", "cure"],
        SessionError: ["command", "said", "remedy"],
    }


def drawn() -> dict[str, str]:
    """Give each error of the tree in the module's docstring with the one under which it stands."""
    above: dict[str, str] = {}
    path: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        if found := re.match(r"( {4}[ │├└─]*)([A-Z]\w+)", line):
            column, name = len(found[1]), found[2]
            path = [(place, parent) for place, parent in path if place < column]
            above[name] = path[-1][1] if path else "_Plain"
            path.append((column, name))
    return above


def test_the_tree_of_the_errors_is_the_one_that_is_drawn() -> None:
    assert drawn() == {kind.__name__: kind.mro()[1].__name__ for kind in KINDS}


@pytest.mark.parametrize("duplicate", COPIES, ids=["pickle", "copy", "deepcopy"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_error_is_whole_after_pickling_and_copying(
    kind: type[Any], duplicate: Callable[[Exception], Exception]
) -> None:
    error = filled(kind)
    again = duplicate(error)
    assert again is not error
    assert type(again) is kind
    assert (vars(again), again.args, str(again)) == (vars(error), error.args, str(error))
    assert {name: vars(again)[name] for name in fields_of(kind)} == {name: f"the {name}" for name in fields_of(kind)}


@pytest.mark.parametrize("duplicate", COPIES, ids=["pickle", "copy", "deepcopy"])
def test_what_is_written_into_an_error_later_is_kept_too(duplicate: Callable[[Exception], Exception]) -> None:
    again = duplicate(LcmError("it failed").at("leaf1", "install").note("slot B boots next"))
    assert str(again) == "leaf1: install: it failed; slot B boots next"


@pytest.mark.parametrize("kind", KINDS)
def test_errors_are_equal_by_class_and_fields(kind: type[Any]) -> None:
    assert filled(kind) == filled(kind)
    assert filled(kind) != kind("what happened")
    assert all(filled(kind) != filled(other) for other in KINDS if other is not kind)


def test_equal_errors_have_equal_hashes() -> None:
    assert len({LcmError("it failed"), LcmError("it failed")}) == 1


@pytest.mark.parametrize("kind", OF_SWITCHES)
def test_a_switch_s_error_tells_where_what_and_what_next(kind: type[LcmError]) -> None:
    error = kind("it failed", host="leaf1", step="install", said="  no space\n", remedy="free some")
    assert str(error) == "leaf1: install: it failed; the switch said: 'no space' (free some)"
    assert str(kind("it failed")) == "it failed"
    error.command = "image install x"
    assert str(error) == "leaf1: install: it failed; the switch said: 'no space' to 'image install x' (free some)"
    assert str(kind("it hangs", command="reload")) == "it hangs; the command was 'reload'"
    assert str(kind("the answer to 'show boot' is odd", command="show boot", said="x")).endswith("said: 'x'")


def test_an_error_is_signed_once() -> None:
    error = LcmError("it failed").at("", "copy").at("leaf1", "install")
    assert (error.host, error.step) == ("leaf1", "copy")


def test_a_request_error_tells_what_is_wrong_and_the_cure() -> None:
    assert str(RequestError("is no time", field="poll", cure="write seconds")) == "poll: is no time; write seconds"
    assert str(RequestError("is no time")) == "is no time"


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_has_nothing_but_what_it_was_given(kind: type[Any]) -> None:
    error = kind("it failed")
    assert [getattr(error, name) for name in fields_of(kind)] == [""] * len(fields_of(kind))


def test_a_refusal_has_the_values_of_its_message() -> None:
    assert Refused("no", params='["a", "b"]').values == ("a", "b")
    assert Refused("no").values == ()


@pytest.mark.parametrize("kind", [kind for kind in OF_SWITCHES if not kind.__subclasses__()])
def test_a_leaf_s_word_is_a_word_of_the_api(kind: type[LcmError]) -> None:
    assert kind.word in set(UpdateError)
    assert errors.word_of(kind("it failed")) == kind.word


@pytest.mark.parametrize("word", [word for word in UpdateError if word is not UpdateError.NOT_SET])
def test_every_word_of_the_api_has_an_error(word: UpdateError) -> None:
    assert [kind for kind in OF_SWITCHES if kind.word == word]


@pytest.mark.parametrize("error", [None, ValueError("x"), RequestError("x"), SessionError("x"), LcmError("x")])
def test_what_the_api_has_no_word_for_is_not_set(error: Exception | None) -> None:
    assert errors.word_of(error) == "NOT_SET"
