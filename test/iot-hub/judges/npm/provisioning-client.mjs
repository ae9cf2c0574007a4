// A device that is provisioned, on the unmodified SDK of npm.
import provisioning from "azure-iot-provisioning-device";
import http from "azure-iot-provisioning-device-http";
import mqtt from "azure-iot-provisioning-device-mqtt";
import symmetricKey from "azure-iot-security-symmetric-key";
import x509 from "azure-iot-security-x509";
import { serve } from "./line-protocol.mjs";

const transports = { Http: http.Http, Mqtt: mqtt.Mqtt, MqttWs: mqtt.MqttWs };

serve({
  register: async ({ host, scope, registrationId, transport, key, certificate, payload }) => {
    const security =
      certificate === undefined
        ? new symmetricKey.SymmetricKeySecurityClient(registrationId, key)
        : new x509.X509Security(registrationId, certificate);
    const client = provisioning.ProvisioningDeviceClient.create(host, scope, new transports[transport](), security);
    if (payload !== undefined) client.setProvisioningPayload(payload);
    return await client.register();
  },
});
