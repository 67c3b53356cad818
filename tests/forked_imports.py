"""The imports of the fork server before it forks (`tests.forked`): no threads, no loops, nothing that depends on the
environment."""

import gc

import httptools
import uvicorn.lifespan.on
import uvicorn.protocols.http.httptools_impl
import uvloop

import devstack.mailbox.app
import devstack.stripe_sandbox.app
import services.badging.app
import services.intake.app
import services.notify.app
import services.ops.app
import services.payments.app
import services.review.app
import tests.forked

__all__ = ["devstack", "httptools", "services", "tests", "uvicorn", "uvloop"]

gc.freeze()  # a collection in a fork would copy all of this
