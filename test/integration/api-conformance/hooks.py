"""What schemathesis needs to know of iotedged besides its description."""

import itertools
import json
import os
import socket
from datetime import datetime, timedelta, timezone

import schemathesis
from schemathesis.core.parameters import ParameterLocation

resolve = socket.getaddrinfo


def to_loopback(host, *args, **options):
    """The certificate names iotedged's Service, which no DNS server of this machine knows."""
    return resolve("127.0.0.1" if host == "iotedged" else host, *args, **options)


socket.getaddrinfo = to_loopback


PATH_VALUES = {name: itertools.cycle(values) for name, values in json.loads(os.environ["PATH_VALUES"]).items()}
CIPHERTEXT = json.loads(os.environ["CIPHERTEXT"])


@schemathesis.hook
def before_call(context, case, kwargs):
    """What no schema can say: which modules there are, which name each may have in a certificate, that a time must be to
    come or before another, and what decrypts."""
    if not case.meta.is_negative_at(ParameterLocation.PATH):
        for name in case.path_parameters:
            case.path_parameters[name] = next(PATH_VALUES[name])
    if case.meta.generation.mode.is_positive:
        if {"since", "until"} <= case.query.keys():
            del case.query["until"]
        if case.path.endswith("/decrypt"):
            case.body = CIPHERTEXT
        if case.path.endswith("/certificate/server") and isinstance(case.body, dict):
            case.body = {**case.body, "commonName": case.path_parameters["name"]}
    if isinstance(case.body, dict) and is_over(case.body.get("expiration")):
        case.body = {**case.body, "expiration": "2999-12-31T23:59:59Z"}


def is_over(text):
    try:
        return datetime.fromisoformat(text) < datetime.now(timezone.utc) + timedelta(minutes=5)
    except (TypeError, ValueError):
        return False


@schemathesis.hook
def after_call(context, case, response):
    if case.method.upper() == case.operation.method.upper():
        with open(os.environ["STATUSES_FILE"], "a") as file:
            file.write(f"{case.operation.definition.raw['operationId']} {response.status_code}\n")
