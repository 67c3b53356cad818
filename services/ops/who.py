"""Who may use the console."""

from typing import Annotated

from fastapi import Depends

from chassis.http.sessions import Principal, requires

Operator = Annotated[Principal, Depends(requires("operator"))]
"""A signed-in person with the role operator."""
