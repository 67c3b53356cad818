"""`python -m services.notify`."""

from chassis.service import main
from services.notify.app import Settings, build

main("notify", Settings, build)
