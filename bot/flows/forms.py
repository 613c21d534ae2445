"""Opening a form, and what somebody reads when Slack does not open it."""

from __future__ import annotations

from typing import Any

from bot.core.errors import Refused
from bot.services import Services
from bot.slack.errors import SlackError, SlackLost, SlackRefused

TOO_LATE = (
    "The form could not be opened: Slack allows three seconds for it, and they were over. "
    "Nothing was changed; please try again."
)
NOT_TOLD = (
    "Slack did not tell whether the form is open. If you do not see it, please try again. "
    "Nothing was changed."
)
TROUBLE = "Slack does not open forms for Easel at the moment. Nothing was changed."


async def open_form(services: Services, trigger: str, view: dict[str, Any]) -> None:
    """Open a modal, within the three seconds that a trigger lives. Raises `Refused`."""
    try:
        await services.slack.open_view(trigger, view)
    except SlackLost as error:
        raise Refused(NOT_TOLD) from error
    except SlackRefused as error:
        raise Refused(TOO_LATE if "trigger" in error.code else TROUBLE) from error
    except SlackError as error:
        raise Refused(TROUBLE) from error
