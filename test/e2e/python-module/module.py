"""A module written with the unmodified SDK of PyPI: it sends a message a second to its output `readings`, reports the
desired properties that it is told, and answers direct methods."""

import asyncio
import json

from azure.iot.device import Message, MethodResponse
from azure.iot.device.aio import IoTHubModuleClient


def say(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


async def main():
    client = IoTHubModuleClient.create_from_edge_environment()

    async def on_desired(patch):
        say("desired", patch=patch)
        told = {name: value for name, value in patch.items() if not name.startswith("$")}
        await client.patch_twin_reported_properties({"told": told})

    async def on_method(request):
        say("method", name=request.name, payload=request.payload)
        answer = {"name": request.name, "payload": request.payload}
        await client.send_method_response(MethodResponse.create_from_method_request(request, 200, answer))

    await client.connect()
    say("connected")
    client.on_twin_desired_properties_patch_received = on_desired
    client.on_method_request_received = on_method
    number = 0
    while True:
        number += 1
        message = Message(json.dumps({"number": number}), content_encoding="utf-8", content_type="application/json")
        await client.send_message_to_output(message, "readings")
        say("sent", number=number)
        await asyncio.sleep(1)


asyncio.run(main())
