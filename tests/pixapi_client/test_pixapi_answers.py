"""Every shape of an answer, read without a network."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.job import TaskId
from bot.pixapi.answers import Finished, Image, Running, Submitted, read_submit, read_task
from bot.pixapi.errors import (
    BadAnswer,
    InDoubt,
)
from tests.pixapi_client.against import ENCODED, A, B, said


@pytest.mark.parametrize(
    "place",
    [
        lambda items: {"data": items},
        lambda items: {"result": {"data": items}},
        lambda items: {"result": {"images": items}},
        lambda items: {"output": {"data": items}},
        lambda items: {"response": {"data": items}},
    ],
)
@pytest.mark.parametrize(
    ("items", "images"),
    [
        ([{"url": A}, {"url": B}], (Image(url=A), Image(url=B))),
        ([A, B], (Image(url=A), Image(url=B))),
        ([{"urls": [A, B]}], (Image(url=A), Image(url=B))),
        ({"urls": [A, B]}, (Image(url=A), Image(url=B))),
        ({"url": A}, (Image(url=A),)),
        ([{"b64_json": ENCODED, "revised_prompt": "x"}], (Image(content=b"picture"),)),
        ([{"url": None, "b64_json": ENCODED}], (Image(content=b"picture"),)),
        ([{"url": A, "b64_json": ENCODED}], (Image(url=A),)),
        ([{"url": f"data:image/png;base64,{ENCODED}"}], (Image(content=b"picture"),)),
        ([f"data:image/png;base64,{ENCODED}"], (Image(content=b"picture"),)),
        ([{"b64_json": f"data:image/png;base64,{ENCODED}"}], (Image(content=b"picture"),)),
        ([{"url": A}, {"thumbnail": B}, None, 7], (Image(url=A),)),
        ([], ()),
    ],
)
def test_pictures_are_found_in_every_place_and_form(
    place: Any, items: Any, images: tuple[Image, ...]
) -> None:
    """Each documented place times each form of an item gives the same pictures, sync or polled."""
    polled = read_task(said({"id": "t", "status": "completed"} | place(items)))
    sync = read_submit(said({"created": 1} | place(items)))

    assert polled == sync == Finished(images, None, None)


@pytest.mark.parametrize("box", [None, "result", "output", "response"])
def test_a_list_of_urls_may_stand_alone(box: str | None) -> None:
    """`urls` beside or inside the usual places is read where no other place is."""
    found = {"urls": [A, B]}

    outcome = read_task(said({"status": "succeeded"} | (found if box is None else {box: found})))

    assert outcome == Finished((Image(url=A), Image(url=B)), None, None)


def test_the_first_place_with_pictures_wins() -> None:
    """Several places: the documented order decides, and an empty or null one is passed over."""
    both = {"result": {"images": [A]}, "output": {"data": [B]}}

    assert Finished((Image(url=A),), None, None) == read_submit(said(both))
    assert Finished((Image(url=A),), None, None) == read_submit(said(both | {"data": []}))
    assert Finished((Image(url=A),), None, None) == read_submit(said(both | {"data": None}))
    assert Finished((Image(url=B),), None, None) == read_submit(said(both | {"data": [B]}))


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"data": None},
        {"data": [{}]},
        {"data": {}},
        {"data": 7},
        {"data": ["", {"url": ""}]},
        {"data": [{"b64_json": "no base64!"}]},
        {"data": [{"b64_json": ""}]},
        {"data": ["line\nbreak"]},
        {"data": ["\ud800"]},
    ],
)
def test_a_completed_task_without_a_readable_picture_is_a_bad_answer(document: Any) -> None:
    """Nothing readable is never taken for "nothing came": it may have been billed."""
    with pytest.raises(BadAnswer):
        read_task(said({"status": "completed"} | document))
    with pytest.raises(InDoubt):
        read_submit(said(document))


@pytest.mark.parametrize(
    ("value", "cost"),
    [
        (14, 14),
        (0, 0),
        (-1, None),
        (1.5, None),
        (14.0, None),
        ("14", None),
        (True, None),
        (None, None),
        ([14], None),
        (10**30, None),
    ],
)
@pytest.mark.parametrize("box", [None, "result"])
def test_only_a_valid_cost_counts(value: Any, cost: int | None, box: str | None) -> None:
    """`costCredits` is a whole, sane, non-negative number, or it is nothing."""
    costs = {"costCredits": value}
    document = {"data": [A]} | (costs if box is None else {box: costs})

    outcome = read_submit(said(document))

    assert isinstance(outcome, Finished)
    assert cost == outcome.cost_credits


@pytest.mark.parametrize("status", ["completed", "succeeded", "Completed", " SUCCEEDED "])
def test_a_task_is_completed_by_either_word(status: str) -> None:
    """`succeeded` is `completed`, in any case."""
    assert isinstance(read_task(said({"status": status, "data": [A]})), Finished)


@pytest.mark.parametrize("status", ["queued", "pending", "processing", "in_progress", "dreaming"])
def test_any_other_status_goes_on(status: str) -> None:
    """A known or unknown word that is no end keeps polling, whatever else is in the answer."""
    assert Running(status) == read_task(said({"status": status, "data": [A], "error": "x"}))


@pytest.mark.parametrize(
    ("document", "answer"),
    [
        ({"id": "t1"}, Submitted(TaskId("t1"), None)),
        ({"id": 17, "status": "queued"}, Submitted(TaskId("17"), None)),
        ({"id": "t1", "data": []}, Submitted(TaskId("t1"), None)),
        ({"id": "t1", "status": "failed", "error": "x"}, Submitted(TaskId("t1"), None)),
        ({"id": "t1", "status": "queued", "data": [A]}, Submitted(TaskId("t1"), None)),
        ({"id": "t1", "status": "completed", "data": [A]}, Finished((Image(url=A),), None, None)),
        ({"id": "t1", "data": [A]}, Finished((Image(url=A),), None, None)),
    ],
)
def test_a_task_or_its_pictures(document: Any, answer: Any) -> None:
    """A submit's answer is a task as long as it has no pictures that are final."""
    assert answer == read_submit(said(document))


@pytest.mark.parametrize("value", ["", "..", ".", "a\nb", "x" * 201, None, True, 1.5, [], "\ud800"])
def test_an_id_that_cannot_stand_in_an_address_is_none(value: Any) -> None:
    """Such a submit is in doubt: it was taken and cannot be asked about."""
    with pytest.raises(InDoubt):
        read_submit(said({"id": value}))
