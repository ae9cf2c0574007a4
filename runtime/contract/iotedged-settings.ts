import Type, { type Static } from "typebox";
import { HubRegistrationSchema } from "./hub-record.ts";

const closed = { additionalProperties: false } as const;

/** How a connected installation finds its hub, and by what it is known there. */
const ProvisioningSettingsSchema = Type.Object(
  {
    /** `manual`: {@link IotedgedSettings.hubHostname} and `deviceId` are said. `dps`: a provisioning service says them. */
    source: Type.Enum(["manual", "dps"]),
    /** Absent: symmetric keys. */
    method: Type.Optional(Type.Literal("x509")),
    /** With `dps`: under which name the device is known to which service. */
    registration: Type.Optional(HubRegistrationSchema),
    /** With `dps`: when it is asked anew. Absent: `Dynamic`. */
    autoReprovisioningMode: Type.Optional(Type.Enum(["Dynamic", "AlwaysOnStartup"])),
    /** How EdgeAgent speaks to the hub. Absent: MQTT over TLS; else over a WebSocket. */
    upstreamProtocol: Type.Optional(Type.Literal("MqttWs")),
    /** Proxy of HTTP by which hub and provisioning service are reached, and by WebSockets; absent: none. */
    proxy: Type.Optional(
      Type.Object(
        {
          url: Type.String(),
          /** Hosts that are reached without it, as entries of `NO_PROXY`. */
          exceptions: Type.Array(Type.String()),
        },
        closed,
      ),
    ),
    /** PEM of CAs, one each, by which the hub is known beside those that Node has; absent where there are none. */
    trustedCas: Type.Optional(Type.Array(Type.String())),
  },
  closed,
);
export type ProvisioningSettings = Static<typeof ProvisioningSettingsSchema>;

const days = (description: string) => Type.Number({ exclusiveMinimum: 0, maximum: 3650, description });

/** Content of ConfigMap `iotedged-config`. EdgeAgent reads the same file for the installation's identity. */
export const IotedgedSettingsSchema = Type.Object(
  {
    installation: Type.Object({ name: Type.String(), namespace: Type.String() }, closed),
    /** Device id as IoT Hub would know it. Absent where a provisioning service gives it. */
    deviceId: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    /**
     * Host name of the IoT Hub, part of module certificates' URI and of the modules' environment. Absent where a provisioning
     * service names it.
     */
    hubHostname: Type.Optional(Type.String({ minLength: 1 })),
    /** Public name of the gateway: the host of EdgeHub's server certificate. */
    gatewayHostname: Type.String({ minLength: 1 }),
    /**
     * How the device gets its place in IoT Hub. Absent: the installation stands alone, and its manifest is a ConfigMap; else
     * the hub's desired properties are. The device's credential is in files that iotedged alone mounts.
     */
    provisioning: Type.Optional(ProvisioningSettingsSchema),
    /** Whether ClusterRole node-observer exists, so that nodes may be listed. */
    nodeObserver: Type.Boolean(),
    certificates: Type.Object(
      {
        servingDays: days("Life of iotedged's own serving certificate; it is renewed at half of it."),
        serverMaxDays: days("Longest life of a module's server certificate."),
      },
      closed,
    ),
    authentication: Type.Object(
      {
        /** How long a successful TokenReview counts, in seconds; never past the token's own expiry. */
        cacheSeconds: Type.Number({ minimum: 0, maximum: 60 }),
        /**
         * How much longer it counts while the API server gives no verdict, in seconds; never for a token that was not
         * reviewed before, and never past its own expiry. 0: not at all.
         */
        staleSeconds: Type.Number({ minimum: 0, maximum: 3600 }),
      },
      closed,
    ),
    limits: Type.Object(
      {
        /** Requests of one module in a second, not counting those for certificates. */
        requestsPerSecond: Type.Number({ minimum: 1, maximum: 100_000 }),
        /** Certificates that one module gets in a minute. */
        certificatesPerMinute: Type.Number({ minimum: 1, maximum: 100_000 }),
      },
      closed,
    ),
    /**
     * False: ciphertexts of the first form are neither read nor written. Left out unless it is false, so that an image
     * that does not know it can still be deployed; one that gets it does not start.
     */
    oldCiphertexts: Type.Optional(Type.Boolean()),
    /** What is served beyond the needs of modules. Each has rights of its own. */
    features: Type.Object(
      {
        /** Logs of modules at the management API. */
        moduleLogs: Type.Boolean(),
        /** Restart of modules at the management API. */
        moduleRestart: Type.Boolean(),
        /** Logs, Events and redacted objects of the namespace in one archive. */
        supportBundle: Type.Boolean(),
        /** Modules that run as Jobs, which EdgeAgent makes where the installation lets it. */
        moduleJobs: Type.Boolean(),
      },
      closed,
    ),
    logLevel: Type.Union([Type.Literal("debug"), Type.Literal("info"), Type.Literal("warn"), Type.Literal("error")]),
  },
  closed,
);
export type IotedgedSettings = Static<typeof IotedgedSettingsSchema>;
export type IotedgedFeatures = IotedgedSettings["features"];

/** Where nothing else is said: iotedged has only the rights that modules need it to have. */
export const noFeatures: IotedgedFeatures = {
  moduleLogs: false,
  moduleRestart: false,
  supportBundle: false,
  moduleJobs: false,
};
