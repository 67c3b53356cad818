"""`python -m services.badging`: serve; `... migrate`: bring the database up to date."""

from chassis.service import main
from services.badging.app import Settings, build

main("badging", Settings, build)
