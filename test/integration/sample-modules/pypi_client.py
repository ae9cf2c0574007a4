"""A module on the unmodified SDK of PyPI that asks for what the sample's hub does not serve, and then sends a message."""

import json
import os

from azure.iot.device import IoTHubModuleClient, Message


def say(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


def attempt(what, call):
    try:
        call()
        say(what, outcome="done")
    except Exception as error:
        say(what, outcome=type(error).__name__, message=str(error.__cause__ or error))


client = IoTHubModuleClient.create_from_edge_environment()
client.connect()
say("connected")
attempt("get-twin", client.get_twin)
attempt("patch-twin", lambda: client.patch_twin_reported_properties({"celsius": 21}))
client.on_method_request_received = lambda request: None
client.on_twin_desired_properties_patch_received = lambda patch: None
attempt("send", lambda: client.send_message_to_output(Message("1"), "readings"))

over_web_socket = IoTHubModuleClient.create_from_edge_environment(websockets=True)
attempt("web-socket", over_web_socket.connect)
say("end")
# The SDK keeps threads that wait for what will not come.
os._exit(0)
