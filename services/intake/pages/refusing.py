"""Refusals in the words of pages: the state of the application, and the names that the page shows."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.responses import Response

from contracts import pages as addresses
from contracts.refusals import Fault, Invalid, NotSignedIn, Refused, Text, WrongState
from services.intake.pages.missing import lacking
from services.intake.store.applications import Loaded
from web import forms
from web.rendering import Pages

CLOSED: Mapping[str, Text] = {
    "started": Text("This opens when the fee is paid. First tell us who you are, and accept the agreement."),
    "fee_due": Text("This opens when the fee is paid."),
    "submitted": Text("This application is submitted, so it cannot be changed. You can read it."),
    "in_review": Text("The panel judges this application, so it cannot be changed. You can read it."),
    "awarded": Text("This application is decided, so it cannot be changed. You can read it."),
    "not_yet": Text("This application is decided, so it cannot be changed. You can read it."),
    "withdrawn": Text("This application is withdrawn, so it cannot be changed. You can read it."),
    "lapsed": Text("The time of this application is over, so it cannot be changed. You can read it."),
}
"""Why something of an application cannot be changed."""

DONE_BEFORE: Mapping[tuple[str, str], Text] = {
    ("submission", "submitted"): Text("This application was submitted before. It went to the panel once."),
    ("submission", "in_review"): Text("This application was submitted before. The panel judges it."),
    ("withdrawal", "withdrawn"): Text("This application was withdrawn before. Nothing more was done."),
    ("withdrawal", "awarded"): Text("This application is decided, so it cannot be withdrawn any more."),
    ("withdrawal", "not_yet"): Text("This application is decided, so it cannot be withdrawn any more."),
}
"""Why an act cannot be done again, or any more, by the act and the state."""

FIELDS: Mapping[str, Text] = {
    "name": Text("Your name"),
    "institution": Text("Institution"),
    "position": Text("Position"),
    "time_zone": Text("Time zone"),
    "pronouns": Text("Pronouns"),
    "phone": Text("Telephone"),
    "reason": Text("Reason"),
    "path": Text("Path"),
    "answer": Text("Answer"),
    "title": Text("What you mean to do"),
    "by": Text("By when"),
    "item": Text("For"),
    "resource": Text("Resource"),
    "referee_name": Text("Their name"),
    "referee_email": Text("Their e-mail address"),
    "text": Text("Your text"),
    "url": Text("Address of the video"),
    "minutes": Text("Length in minutes"),
    "annotation": Text("Annotation"),
}
"""The names of fields on the pages."""

_ANSWERED_OTHERWISE = Text(
    "With this answer you may not apply, and your fee is due. Do not pay it: withdraw the application on its page. If"
    " the answer was a mistake, leave it as it was."
)
_REMEDIES: Mapping[str, Text] = {
    "accepted": Text("Tick the box, if you accept the agreement."),
    "path": Text("Choose one of the paths."),
    "answer": Text("Choose one of the answers. It says which paths are open to you."),
    "ratings": Text("Rate at least one of them."),
}
_SIGNED_OUT = Text("Sign in to do this. Nothing was changed.")


def closed(state: str, act: str) -> Text:
    """Why this act is not possible for an application in this state."""
    return DONE_BEFORE.get((act, state)) or CLOSED.get(state) or Text("This is not possible now.")


def in_words(refused: Refused, loaded: Loaded, act: str) -> Refused:
    """The same refusal, in the words of pages."""
    state, definition = loaded.application.state.value, loaded.definition
    match refused.type:
        case "wrong_state":
            return WrongState(closed(state, act))
        case "agreement_changed":
            return WrongState(Text("That is not the agreement of this application. Read this one, and accept it."))
        case "path_not_open":
            return WrongState(
                refused.text,
                faults=[Fault("path", Text("Your answer does not allow this path. Choose another one."))],
            )
        case "not_eligible":
            return WrongState(_ANSWERED_OTHERWISE, faults=[Fault("answer", _ANSWERED_OTHERWISE)])
        case "incomplete":
            return WrongState(
                refused.text,
                faults=[
                    Fault(one.key, Text("%(field)s: %(what)s", field=one.name, what=one.what))
                    for one in lacking(loaded)
                ],
            )
        case _ if isinstance(refused, Invalid):
            items = {f"ratings.{item.key}": item.name for item in definition.items}
            return Invalid(*(Fault(one.field, _named(one, items, act)) for one in refused.faults), text=refused.text)
        case _:
            return refused


def _named(fault: Fault, items: Mapping[str, str], act: str) -> Text:
    if (act, fault.field) == ("eligibility", "answer"):
        return Text("Choose one of the answers.")
    if fault.field in _REMEDIES:
        return _REMEDIES[fault.field]
    # The page itself adds what a field is called, but a rating has no label of its own.
    name = items.get(fault.field)
    return fault.text if name is None else Text("%(field)s: %(what)s", field=name, what=fault.text)


async def signed_out(
    request: Request, shown: Pages, typed: forms.Typed, *, file: bool = False, back: str = ""
) -> Response:
    """Refuses a form whose session had ended. Nothing is kept, and the page shows what was typed, so that it can be
    sent again after sign-in. Raises NotSignedIn if nothing was typed. `file`: a file came with the form, and is not
    kept. `back`: the page after sign-in, if it is another one."""
    written: dict[str, Any] = {name: values for name, values in typed.items() if any(values)}
    if not written and not file:
        raise NotSignedIn(_SIGNED_OUT)
    page = await shown.show(
        request,
        "intake/signed-out.html",
        status=NotSignedIn.status,
        typed=written,
        labels=FIELDS,
        shown_names=_SHOWN,
        long_names=_LONG,
        file=file,
        sign_in_back=addresses.sign_in(next=back) if back else None,
    )
    page.headers["WWW-Authenticate"] = "Bearer"
    return page


_LONG = frozenset({"text", "annotation", "reason"})
_SHOWN = (
    *("name", "institution", "position", "time_zone", "pronouns", "phone", "reason"),
    *("text", "url", "minutes", "annotation", "referee_name", "referee_email"),
)
"""Typed texts that are shown to be copied. The other fields are choices."""
