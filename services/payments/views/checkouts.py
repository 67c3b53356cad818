"""A page of Stripe's on which a fee is paid."""

from services.payments.views.fees import View


class Checkout(View):
    """Where to pay."""

    url: str | None
