"""`python -m services.payments` serves; `python -m services.payments migrate` brings its database up to date."""

from chassis.service import main
from services.payments.app import Settings, build

if __name__ == "__main__":
    main("payments", Settings, build)
