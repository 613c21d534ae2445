"""The form in which admins change a budget. Who may is asked of Slack after the acknowledgement."""

from __future__ import annotations

from bot.core.job import Place
from bot.core.limits import LimitField
from bot.core.payload import unpack
from bot.features import budgets
from bot.features.answers import Sender
from bot.services import Services
from bot.slack_in.payloads import Click, Form, FormAnswer
from bot.views import names
from bot.views.budget_form import BudgetNote, action, saved
from bot.views.kit import Message


async def show(services: Services, click: Click) -> None:
    """`Change…`: the form, for admins."""
    await budgets.open_form(
        services,
        click.trigger,
        click.place.team,
        click.user,
        names.channel(click.value),
        click.place if click.place.channel else None,
    )


async def choose(services: Services, form: Form) -> None:
    """Another cap: the form says what it would have refused last month."""
    screen = budgets.OpenForm(form.view, form.team, form.note, form.blocks)
    await budgets.redraw(services, screen, _entered(form), form.at)


async def submit(services: Services, form: Form) -> FormAnswer:
    """Mistakes at their fields; without any the form closes, and the change is made or refused."""
    note, entered = unpack(BudgetNote, form.note), _entered(form)
    wrong = budgets.check(services, form.team, note, entered)
    if wrong:
        return FormAnswer(errors={action(field): text for field, text in wrong.items()})

    async def later() -> Message:
        done = await budgets.save(services, form.team, form.user, note, entered)
        return saved(note.channel, done.before, done.after, done.defaults, done.statuses)

    if note.clicked is None:
        return FormAnswer(later=later, sender=Sender(form.user, home=form.team))
    return FormAnswer(
        later=later, sender=Sender(form.user, Place(form.team, note.clicked, note.thread))
    )


def _entered(form: Form) -> dict[LimitField, str]:
    """What stands in the fields that this form has."""
    return {
        field: form.text(action(field)).strip()
        or form.chosen(action(field))
        or form.person(action(field))
        or ""
        for field in LimitField
        if action(field) in form.fields
    }
