from chassis.service import main
from services.review.app import Settings, build

main("review", Settings, build)
