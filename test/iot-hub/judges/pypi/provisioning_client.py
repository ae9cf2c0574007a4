"""A device that is provisioned, on the unmodified SDK of PyPI."""

from azure.iot.device import X509, ProvisioningDeviceClient
from line_protocol import serve


def register(host, scope, registration_id, key=None, files=None, payload=None, websockets=False):
    where = {"provisioning_host": host, "registration_id": registration_id, "id_scope": scope, "websockets": websockets}
    if files is None:
        client = ProvisioningDeviceClient.create_from_symmetric_key(symmetric_key=key, **where)
    else:
        client = ProvisioningDeviceClient.create_from_x509_certificate(x509=X509(**files), **where)
    client.provisioning_payload = payload
    result = client.register()
    state = result.registration_state
    return {
        "status": result.status,
        "assignedHub": state and state.assigned_hub,
        "deviceId": state and state.device_id,
        "substatus": state and state.sub_status,
        "payload": state and state.response_payload,
    }


serve({"register": register})
