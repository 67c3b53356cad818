"""What staff send about a fee, by API and by page."""

from typing import Annotated

from pydantic import Field

from chassis.http import Body
from chassis.texts import AS_WHOLE, Text


class WaiverBody(Body):
    """Why a fee need not be paid. Only staff read the reason."""

    reason: Annotated[Text, Field(max_length=2000)]


class RefundBody(WaiverBody):
    """Why a payment goes back. `amount_minor`, if it is given, is the whole payment."""

    amount_minor: Annotated[int, Field(strict=True, ge=1), AS_WHOLE] | None = None
