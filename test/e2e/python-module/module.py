"""A module written with the unmodified SDK of PyPI: it sends a message a second to its output `readings`."""

import asyncio
import json

from azure.iot.device import Message
from azure.iot.device.aio import IoTHubModuleClient


def say(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


async def main():
    client = IoTHubModuleClient.create_from_edge_environment()
    await client.connect()
    say("connected")
    number = 0
    while True:
        number += 1
        message = Message(json.dumps({"number": number}), content_encoding="utf-8", content_type="application/json")
        await client.send_message_to_output(message, "readings")
        say("sent", number=number)
        await asyncio.sleep(1)


asyncio.run(main())
