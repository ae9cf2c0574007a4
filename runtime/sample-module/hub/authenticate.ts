import { parseSasToken } from "./sas-token.ts";

/** The device that the hub serves. */
export interface Device {
  readonly hubHostname: string;
  readonly deviceId: string;
}

/** What a client says of itself when it connects. */
export interface Claim {
  readonly clientId: string;
  readonly userName: string;
  readonly password: string;
}

/** A module that has proven who it is. */
export interface Member {
  readonly moduleId: string;
  /** End of its token in milliseconds since 1970: until then it may stay connected. */
  readonly expiry: number;
}

/** Tells whether a module signed that text with that result. */
export type Verify = (moduleId: string, text: string, digest: Buffer) => Promise<boolean>;

/**
 * Decides who a client is, as IoT Hub does: its client id, its user name and the resource of its token must name the
 * same module of this device, and the token must be signed by that module and not be over.
 *
 * @param now milliseconds since 1970
 * @returns undefined for everybody else
 */
export async function authenticate(
  device: Device,
  { clientId, userName, password }: Claim,
  verify: Verify,
  now: number,
): Promise<Member | undefined> {
  const { hubHostname, deviceId } = device;
  if (!clientId.startsWith(`${deviceId}/`)) return undefined;
  const moduleId = clientId.slice(deviceId.length + 1);
  // Whatever an id may be, in a filter `+` would be all modules.
  if (moduleId === "" || /[/+#]/.test(moduleId)) return undefined;
  if (!userName.startsWith(`${hubHostname}/${clientId}/`)) return undefined;
  const token = parseSasToken(password);
  if (token === undefined || token.expiry <= now) return undefined;
  if (token.resource !== `${hubHostname}/devices/${deviceId}/modules/${moduleId}`) return undefined;
  const genuine = await verify(moduleId, token.signed, token.signature);
  return genuine ? { moduleId, expiry: token.expiry } : undefined;
}
