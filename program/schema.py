"""The JSON schema of a credential's file. With it an editor completes and checks YAML while a person types."""

import json
from typing import Any

from contracts.catalog import CREDENTIAL_STATES, DUE, GROUP_KINDS, REQUIREMENT_KINDS, CredentialDefinition
from program.checks import RESOURCE_KINDS
from program.policy import Defaults

FILE = "schema.json"

_CLOSED = {
    ("CredentialDefinition", "state"): CREDENTIAL_STATES,
    ("Group", "kind"): GROUP_KINDS,
    ("Requirement", "kind"): REQUIREMENT_KINDS,
    ("Requirement", "due"): DUE,
    ("Resource", "kind"): RESOURCE_KINDS,
}
"""Sets that may grow in the contracts, and whose present members this build knows."""


def build() -> dict[str, Any]:
    """The schema (JSON Schema 2020-12). It allows no unknown keys and only the members of sets that this build knows;
    it has no defaults where policy.yaml has them."""
    schema = CredentialDefinition.model_json_schema()
    for name, model in [("CredentialDefinition", schema), *schema["$defs"].items()]:
        model["additionalProperties"] = False
        for field, node in model["properties"].items():
            if values := _CLOSED.get((name, field)):
                node["enum"] = list(values)
    for field in Defaults.model_fields:
        schema["properties"][field].pop("default", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def text() -> str:
    """The schema as the committed text."""
    return json.dumps(build(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
