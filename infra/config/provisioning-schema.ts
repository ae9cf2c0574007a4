import Type from "typebox";
import { text } from "./text-kinds.ts";

/** How an installation is connected to IoT Hub, in a stack's config. */
export const provisioningConfig = Type.Object(
  {
    source: Type.Enum(["manual", "dps"], {
      description: "manual: hubHostname and deviceId are said; dps: the Device Provisioning Service says them.",
    }),
    method: Type.Optional(
      Type.Enum(["sas", "symmetric_key", "x509"], {
        description: "By what the device proves itself: sas with manual, symmetric_key with dps, x509 with either.",
      }),
    ),
    existingSecret: text(
      "objectName",
      "Secret of your own that has the device's `connectionString`, or with dps its `symmetricKey`, and, if wanted, the other one as `secondaryConnectionString`, `secondarySymmetricKey`; with x509 one of type kubernetes.io/tls.",
    ),
    idScope: Type.Optional(text("idScope", "With dps: ID scope of the service.")),
    registrationId: Type.Optional(text("registrationId", "With dps: the device's name there.")),
    globalEndpoint: Type.Optional(text("serviceUrl", "With dps: the service; default: that of the public cloud.")),
    autoReprovisioningMode: Type.Optional(
      Type.Enum(["Dynamic", "AlwaysOnStartup"], {
        description: "With dps, when it is asked again: where the hub refuses the device; also when iotedged starts.",
      }),
    ),
    upstreamProtocol: Type.Optional(
      Type.Enum(["Mqtt", "MqttWs"], {
        description: "How EdgeAgent speaks to the hub: at port 8883, or by WebSocket at 443; default: Mqtt.",
      }),
    ),
    httpsProxy: Type.Optional(
      text("proxyUrl", "Proxy by which the hub and the service are reached; not by Mqtt at port 8883."),
    ),
    noProxy: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 253, pattern: "^[^\\s,]+$", description: "A host." }), {
        description: "Hosts that are reached without the proxy, as entries of NO_PROXY.",
        maxItems: 100,
      }),
    ),
    trustedCas: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 65_536, description: "PEM of one CA certificate." }), {
        description: "Further CAs by which the hub may be known.",
        maxItems: 10,
      }),
    ),
  },
  {
    additionalProperties: false,
    description:
      "Connects the installation to IoT Hub: its manifest is the hub's then. Without it, it stands alone. See docs/iot-hub.md.",
  },
);
