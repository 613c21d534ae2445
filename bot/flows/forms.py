"""Opening forms: a trigger lives for three seconds, and Slack may not say how it went."""

from __future__ import annotations

from typing import Any

from bot.core.errors import Refused
from bot.services import Services
from bot.slack.errors import SlackError, SlackLost, SlackRefused
from bot.slack.views import Opened

TOO_LATE = "The form could not be opened: Slack allows three seconds for it, and they were over."
NOT_TOLD = "Slack did not tell whether the form is open. If you do not see it, please try again."
TROUBLE = "Slack does not open forms for Easel at the moment."


UNCHANGED = "Nothing was changed."


async def opened(
    services: Services, trigger: str, view: dict[str, Any], nothing: str = "Nothing was held."
) -> Opened:
    """Open a form. Raises `Refused`, with a sentence that ends in `nothing`, if Slack does not."""
    try:
        return await services.slack.open_view(trigger, view)
    except SlackLost as error:
        raise Refused(f"{NOT_TOLD} {nothing}") from error
    except SlackRefused as error:
        sentence = TOO_LATE if "trigger" in error.code else TROUBLE
        raise Refused(f"{sentence} {nothing} Please try again.") from error
    except SlackError as error:
        raise Refused(f"{TROUBLE} {nothing} Please try again.") from error
