"""`python -m services.ops`."""

from chassis.service import main
from services.ops.app import Settings, build

main("ops", Settings, build)
