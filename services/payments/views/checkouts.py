"""A page at Stripe on which a fee is paid."""

from services.payments.views.fees import View


class PaymentPage(View):
    """The address of the page to pay on."""

    url: str | None
