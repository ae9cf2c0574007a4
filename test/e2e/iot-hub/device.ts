import type { Enrollment } from "../../iot-hub/index.ts";
import type { Courtroom } from "../../iot-hub/judges/courtroom.ts";
import type { Judge } from "../../iot-hub/judges/judge.ts";

/** What the Secret of `provisioning.existingSecret` has. */
export interface SecretContent {
  /** @default Opaque */
  readonly type?: string;
  readonly stringData: Readonly<Record<string, string>>;
}

/** A device of IoT Edge at the fake, and how its installation gets to be it. */
export interface Device {
  readonly deviceId: string;
  /** What the stack says of it; who deploys it adds the Secret's name and the fake's CA. */
  readonly installation: { readonly provisioning: object; readonly hubHostname?: string; readonly deviceId?: string };
  readonly secret: SecretContent;
  /** What of the Secret nobody else may have. */
  readonly credential: Buffer;
  /** PEM of CAs that are on its way to the fake. */
  readonly trustedCas?: readonly string[];
}

/**
 * @param service on the SDK of npm
 * @param name of the installation's namespace
 */
export type MakeDevice = (room: Courtroom, service: Judge, name: string) => Promise<Device>;

/** A device that a service makes in the hub, with the connection string that it is told. */
export const byConnectionString: MakeDevice = async ({ fake }, service, name) => {
  const { hostName: hubHostname } = fake.hub;
  const device = await service.call("registry", "create", { deviceId: name, capabilities: { iotEdge: true } });
  // biome-ignore lint/suspicious/noExplicitAny: what the SDK answers is an open document
  const { primaryKey } = (device as any).authentication.symmetricKey;
  const connectionString = `HostName=${hubHostname};DeviceId=${name};SharedAccessKey=${primaryKey}`;
  return {
    deviceId: name,
    installation: { hubHostname, deviceId: name, provisioning: { source: "manual" } },
    secret: { stringData: { connectionString } },
    credential: Buffer.from(primaryKey, "base64"),
  };
};

/**
 * A device that the provisioning service assigns, by an enrollment.
 *
 * @param options.provisioning further keys of `provisioning`
 */
export function byEnrollment(options: {
  readonly enrollment: Enrollment;
  readonly registrationId: string;
  readonly provisioning?: object;
  readonly secret: SecretContent;
  readonly credential: Buffer;
  readonly trustedCas?: readonly string[];
}): MakeDevice {
  const { enrollment, registrationId, provisioning, ...proof } = options;
  return async ({ fake }) => {
    const { idScope, hostName, enrollments } = fake.provisioning;
    enrollments.push(enrollment);
    const service = { source: "dps", globalEndpoint: `https://${hostName}`, idScope, registrationId };
    return {
      ...{ deviceId: enrollment.deviceId ?? registrationId, ...proof },
      installation: { provisioning: { ...service, ...provisioning } },
    };
  };
}
