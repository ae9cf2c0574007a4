import type { Twin } from "../twin/twin.ts";

export const authenticationTypes = ["none", "sas", "selfSigned", "certificateAuthority"] as const;

export interface Authentication {
  readonly type: (typeof authenticationTypes)[number];
  readonly symmetricKey: { readonly primaryKey: string | null; readonly secondaryKey: string | null };
  readonly x509Thumbprint: { readonly primaryThumbprint: string | null; readonly secondaryThumbprint: string | null };
}

/** A device, or a module of one. */
export interface Identity {
  readonly deviceId: string;
  readonly moduleId: string | undefined;
  readonly generationId: string;
  readonly twin: Twin;
  authentication: Authentication;
  etag: string;
  status: "enabled" | "disabled";
  statusReason: string | null;
  /** Of modules. */
  managedBy: string | null;
  /** Of devices. */
  iotEdge: boolean;
  connectionStateUpdatedTime: string;
  lastActivityTime: string;
}

/** `device`, or `device/module`: the MQTT client id. */
export function clientIdOf({ deviceId, moduleId }: Pick<Identity, "deviceId" | "moduleId">): string {
  return moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
}

export function keysOf({ authentication: { type, symmetricKey } }: Identity): readonly string[] {
  if (type !== "sas") return [];
  return [symmetricKey.primaryKey, symmetricKey.secondaryKey].filter((key) => key !== null);
}

/** What makes IoT Edge's runtime of a device; they come with it and stay. */
export const systemModules: readonly string[] = ["$edgeAgent", "$edgeHub"];
