"""A page of Stripe's on which a fee is paid."""

from services.payments.views.fees import View


class PaymentPage(View):
    """Where to pay."""

    url: str | None
