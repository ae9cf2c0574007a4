"""A device or module on the unmodified SDK of PyPI."""

from azure.iot.device import X509, IoTHubDeviceClient, IoTHubModuleClient, Message, MethodResponse
from line_protocol import say, serve

client = None


def connect(made):
    global client
    client = made
    client.on_connection_state_change = lambda: say("connection", connected=client.connected)
    client.connect()


def open_client(connection_string, options={}):
    """Without a connection string: by the environment of IoT Edge."""
    if connection_string is None:
        connect(IoTHubModuleClient.create_from_edge_environment(**options))
        return
    kind = IoTHubModuleClient if "ModuleId=" in connection_string else IoTHubDeviceClient
    connect(kind.create_from_connection_string(connection_string, **options))


def open_with_certificate(host, device_id, cert_file, key_file):
    x509 = X509(cert_file=cert_file, key_file=key_file)
    connect(IoTHubDeviceClient.create_from_x509_certificate(x509=x509, hostname=host, device_id=device_id))


def on_desired():
    client.on_twin_desired_properties_patch_received = lambda patch: say("desired", patch=patch)


def on_method(status, payload):
    def answer(request):
        say("method", name=request.name, payload=request.payload)
        client.send_method_response(MethodResponse.create_from_method_request(request, status, payload))

    client.on_method_request_received = answer


def send(body, properties={}, output=None):
    message = Message(body, content_encoding="utf-8", content_type="application/json")
    message.custom_properties.update(properties)
    if output is None:
        client.send_message(message)
    else:
        client.send_message_to_output(message, output)


serve(
    {
        "open": open_client,
        "open-with-certificate": open_with_certificate,
        "get-twin": lambda: client.get_twin(),
        "report": lambda patch: client.patch_twin_reported_properties(patch),
        "on-desired": on_desired,
        "on-method": on_method,
        "send": send,
        "close": lambda: client.shutdown(),
    }
)
