"""Forms: a trigger lives for three seconds, and Slack may not say how opening one went."""

from __future__ import annotations

import logging
from typing import Any

from bot.core.errors import Refused
from bot.services import Services
from bot.slack.errors import CUT_OFF, SlackError, SlackLost, SlackRefused, in_words
from bot.slack.views import Opened

log = logging.getLogger(__name__)

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
        if error.code in CUT_OFF:
            sentence = in_words(error)
        raise Refused(f"{sentence} {nothing} Please try again.") from error
    except SlackError as error:
        raise Refused(f"{TROUBLE} {nothing} Please try again.") from error


async def drawn_anew(services: Services, form: str, view: dict[str, Any], at: str) -> None:
    """Show an open form as it is since an action at this time; one that is lost is only logged."""
    try:
        await services.slack.redraw_view(form, view, at)
    except SlackError as error:
        log.info("a form was not drawn anew: %s", error)
