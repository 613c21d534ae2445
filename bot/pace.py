"""Every wait, lease and retry of Easel's own, in seconds: one value, handed in like the clock.

A time-out of a single call to Slack or Pixapi stands beside that call: it says something about the
other side. The number of tries stands where they are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How patient Easel is. Another pace changes how soon something happens, never what happens."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    # The database
    busy: float = 2.0
    """After which a database that has not answered is said to be busy (product.md, section 1)."""
    lock_look: float = 0.1
    """How long SQLite looks for its write lock at a time: such a look cannot be interrupted."""
    write_retry: float = 0.1
    """Before what a job has come to is written once more to a database that could not; doubled
    each time, up to `write_retry_most`."""
    write_retry_most: float = 5.0
    start: float = 0.5
    """Between two looks whether what a start waits for is there."""
    migration: float = 60.0
    """A migration waits so long for a table that others use, and may stand still so long."""
    idle_session: float = 10.0
    """After which PostgreSQL takes the locks of a transaction that says nothing: its process may be
    stopped, or gone with its machine."""

    # Jobs
    grace: float = 20.0
    """For outside calls under way when the process is asked to stop."""
    submit: float = 540.0
    """For a submit that has left by then, in place of `grace`: cut off, nobody would know what it
    costs. The tries of one call (45), an upload, and what a sync endpoint may take to draw (300)
    and to send pictures (120: `bot.pixapi.wire`). README and `docs/scale.md` name the stop time-out
    that follows, ten minutes."""
    job_retry: float = 1.0
    """Before a job that met trouble is tried again; doubled each time, up to `job_retry_most`."""
    job_retry_most: float = 60.0
    doubt: float = 1.0
    """Before Easel looks what came of a call to Slack whose answer was lost."""
    share_looks: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0, 8.0)
    """Before each look for a share whose answer was lost: Slack lists it a moment later."""
    poll_most: float = 15.0
    """Between two polls of a task, however long it takes; the first wait is a setting."""
    fetch_retry: float = 0.5
    """Before a paid picture whose address fails is fetched again; doubled each time, up to
    `fetch_retry_most`."""
    fetch_retry_most: float = 60.0
    attend: float = 2.0
    """Between two looks for jobs that nobody runs."""

    # Jobs where several processes share a database
    heartbeat: float = 2.0
    """Between two signs of life of a process."""
    lease: float = 10.0
    """Without a sign of life for so long a process counts as dead, and its jobs are another's."""
    entries: float = 2.0
    """Between two looks for entries of the queue, beside being told of them."""
    worker_retry: float = 1.0
    """Before a worker that broke is replaced."""

    # What is done now and then
    sweep: float = 60.0
    """Between two rounds of the sweep."""
    notices: float = 1.0
    """Between two looks for notices that another process or the shell wrote; doubled after
    trouble, up to `notices_most`."""
    notices_most: float = 60.0
    notice_lease: float = 90.0
    """For so long a process may take to post a notice that it has claimed: all tries of one call to
    Slack (45), and the answer to the last of them (30)."""
    strangers: float = 2.0
    """Between two people about whom Slack is asked to tell them something: clicks need its rate."""

    # Slack
    processed_looks: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0)
    """Before each look whether Slack has processed a shared picture; it takes about a second."""
    admin: float = 2.0
    """For Slack to say who somebody is: a trigger lives for three seconds, and so does the time in
    which an event has to be acknowledged."""
    acquaintance: float = 10.0
    """Before Slack is asked again who we are, where it has not said so or refuses the token."""
    link: float = 3.0
    """For Slack to name a link: a list without links is better than no list."""
    slack_retry: float = 0.1
    """Before a call to Slack is tried again; doubled each time, with jitter, up to
    `slack_retry_most`. `Retry-After` is Slack's own word, and is waited for in any case."""
    slack_retry_most: float = 5.0
    edit: float = 3.0
    """Between two edits of one message that show progress
    (https://docs.slack.dev/ai/developing-agents/)."""
    request: float = 20.0
    """For a request over HTTP to begin on a new connection, and for its body to come."""
    metrics: float = 30.0
    """Before an address for `/metrics` that could not be used is tried again."""
    socket_look: float = 5.0
    """Between two looks whether the socket is up; with the five seconds that the SDK waits, a lost
    socket is tried again within fifteen."""
    socket_ping: float = 10.0
    """Between two looks of the SDK's own."""
    standby: float = 30.0
    """Before another try when all of the app's ten sockets are taken. Slack gives out addresses of
    new sockets by the app, a few a minute, and the other processes need some for their renewal."""

    # Pixapi
    pixapi_retry: float = 0.5
    """Before a call to Pixapi is tried again; doubled each time, with as much jitter, up to
    `pixapi_retry_most` (`reference/pixapi.md`, "Errors")."""
    pixapi_retry_most: float = 8.0
    pixapi_tries: float = 45.0
    """For all tries and waits of one call together."""


LIVE = Pace()
"""The pace at which Easel serves people."""
