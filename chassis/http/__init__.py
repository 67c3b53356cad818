"""Incoming HTTP: the FastAPI application that every service has, its edge, idempotency keys, and lists by cursor."""

from chassis.http.api import create_api, edge
from chassis.http.bodies import Body
from chassis.http.description import refused
from chassis.http.edge import Uploads
from chassis.http.idempotency import Answer, answer_once
from chassis.http.lists import (
    AfterCount,
    AfterName,
    AfterPlace,
    Listed,
    decode_count,
    decode_name,
    decode_place,
    encode_place,
    listed,
)
from chassis.http.refusals import BadGateway, BadRequest
from chassis.http.routing import Router

__all__ = [
    "AfterCount",
    "AfterName",
    "AfterPlace",
    "Answer",
    "BadGateway",
    "BadRequest",
    "Body",
    "Listed",
    "Router",
    "Uploads",
    "answer_once",
    "create_api",
    "decode_count",
    "decode_name",
    "decode_place",
    "edge",
    "encode_place",
    "listed",
    "refused",
]
