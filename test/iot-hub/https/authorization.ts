import type { X509Certificate } from "node:crypto";
import { isCertificateOf } from "../hub/client-certificate.ts";
import { HubError } from "../hub/errors.ts";
import type { Hub } from "../hub/hub.ts";
import type { Right } from "../hub/policies.ts";
import { keysOf } from "../registry/identity.ts";
import { judgeSasToken } from "../sas-token.ts";

export interface Credentials {
  readonly authorization: string | undefined;
  readonly certificate: X509Certificate | undefined;
}

/** What a request needs: a right of a policy or, where a device may call too, to be this device. */
export interface Need {
  readonly right: Right;
  readonly deviceId: string | undefined;
}

/** Who calls. */
export interface Caller {
  readonly kind: "service" | "device";
  /** Name of the policy, or the device's id. */
  readonly name: string;
}

/** Who signs, before it is known whether that is true: a token without a policy's name is a device's. */
export function claimedKind({ authorization }: Credentials): Caller["kind"] {
  return authorization !== undefined && /[&\s]skn=./.test(authorization) ? "service" : "device";
}

/** @throws HubError 401 */
export function authorize(hub: Hub, credentials: Credentials, need: Need): Caller {
  return claimedKind(credentials) === "service"
    ? authorizeService(hub, credentials.authorization ?? "", need.right)
    : authorizeDevice(hub, credentials, need.deviceId);
}

function authorizeService(hub: Hub, token: string, right: Right): Caller {
  for (const { name, key, rights } of hub.policies) {
    const audience = { segments: [hub.hostName], keyName: name };
    if ("refused" in judgeSasToken(token, audience, [key], hub.clock.now())) continue;
    if (!rights.includes(right)) throw new HubError("IotHubUnauthorizedAccess", `policy ${name} has no right ${right}`);
    return { kind: "service", name };
  }
  throw new HubError("IotHubUnauthorized", "Unauthorized");
}

function authorizeDevice(hub: Hub, { authorization, certificate }: Credentials, deviceId: string | undefined): Caller {
  const unauthorized = () => new HubError("IotHubUnauthorized", "Unauthorized");
  const device = deviceId === undefined ? undefined : hub.registry.find(deviceId, undefined);
  if (device === undefined || device.status === "disabled") throw unauthorized();
  const now = hub.clock.now();
  if (authorization === undefined) {
    if (certificate === undefined || !isCertificateOf(device, certificate, hub.authorities, now)) throw unauthorized();
  } else {
    const audience = { segments: [hub.hostName, "devices", device.deviceId], keyName: undefined };
    if ("refused" in judgeSasToken(authorization, audience, keysOf(device), now)) throw unauthorized();
  }
  return { kind: "device", name: device.deviceId };
}
