"""`/image-quota`, the card's buttons and the form: members look, admins change."""

from __future__ import annotations

from typing import assert_never

from bot.core.job import Place, UserId
from bot.core.limits import LimitField
from bot.core.payload import unpack
from bot.core.quota_grammar import (
    AddGrant,
    Help,
    Named,
    Pause,
    Resume,
    SetCap,
    Show,
    Workspace,
    parse_quota,
)
from bot.features import budgets
from bot.features.answers import Sender
from bot.services import Services
from bot.slack_in.payloads import Answer, Click, Command, Form, FormAnswer
from bot.views import help, names
from bot.views.budget import render_quota
from bot.views.budget_form import BudgetNote, action_id, render_saved
from bot.views.kit import Message


async def image_quota(services: Services, command: Command) -> Answer:
    """The card of a channel or the workspace, or a change; Slack is asked who is an admin."""
    wanted = parse_quota(command.text)
    match wanted:
        case Help():
            return Answer(ack=help.render_quota())
        case Show():
            return Answer(later=lambda: _show(services, command, wanted))
        case SetCap() | AddGrant() | Pause() | Resume():
            return Answer(later=lambda: _change(services, command.place, command.user, wanted))
        case _:
            assert_never(wanted)


async def pause(services: Services, click: Click) -> Message:
    """Stop new spending, by an admin; the card becomes the fresh one."""
    return await _change(services, click.place, click.user, Pause(_named(click)))


async def resume(services: Services, click: Click) -> Message:
    """Allow spending again, by an admin; the card becomes the fresh one."""
    return await _change(services, click.place, click.user, Resume(_named(click)))


async def _show(services: Services, command: Command, wanted: Show) -> Message:
    return render_quota(await budgets.read_card(services, command.place, command.user, wanted))


async def _change(
    services: Services,
    place: Place,
    user: UserId,
    wanted: SetCap | AddGrant | Pause | Resume,
) -> Message:
    return render_quota(await budgets.change(services, place, user, wanted), changed=True)


def _named(click: Click) -> Named:
    return names.read_channel(click.value) or Workspace.WORKSPACE


# The form in which admins change a budget. Slack is asked who is one after the acknowledgement.


async def open_form(services: Services, click: Click) -> None:
    """`Change…`: the form, for admins."""
    clicked = click.place if click.place.channel else None
    await budgets.open_form(services, click.opener, names.read_channel(click.value), clicked)


async def redraw_form(services: Services, form: Form) -> None:
    """Another cap: the form says what it would have refused last month."""
    screen = budgets.OpenForm(form.view, form.team, form.note, form.blocks)
    await budgets.redraw(services, screen, _entered(form), form.at)


async def submit_form(services: Services, form: Form) -> FormAnswer:
    """Mistakes at their fields; without any the form closes, and the change is made or refused."""
    note, entered = unpack(BudgetNote, form.note), _entered(form)
    wrong = budgets.check(services, form.team, note, entered)
    if wrong:
        return FormAnswer(errors={action_id(field): text for field, text in wrong.items()})

    async def later() -> Message:
        done = await budgets.save(services, form.team, form.user, note, entered)
        return render_saved(note.channel, done.before, done.after, done.defaults, done.statuses)

    if note.clicked is None:
        return FormAnswer(later=later, sender=Sender(form.user, home=form.team))
    return FormAnswer(
        later=later, sender=Sender(form.user, Place(form.team, note.clicked, note.thread))
    )


def _entered(form: Form) -> dict[LimitField, str]:
    """What stands in the fields that this form has."""
    return {
        field: form.text(action_id(field)).strip()
        or form.chosen(action_id(field))
        or form.person(action_id(field))
        or ""
        for field in LimitField
        if action_id(field) in form.fields
    }
