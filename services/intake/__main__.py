"""`python -m services.intake`."""

from chassis.service import main
from services.intake.app import Settings, build

main("intake", Settings, build)
