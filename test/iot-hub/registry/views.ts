import type { JsonObject } from "../json.ts";
import { clientIdOf, type Identity } from "./identity.ts";

/** What answers show of an identity. */
export interface View {
  readonly isConnected: (clientId: string) => boolean;
  /** The preview's registry, which devices call, has quotes inside the text. */
  readonly quotedEtags: boolean;
}

export function registryView(identity: Identity, { isConnected, quotedEtags }: View): JsonObject {
  const { deviceId, moduleId, generationId, etag, authentication } = identity;
  const { type, symmetricKey, x509Thumbprint } = authentication;
  const common = {
    deviceId,
    generationId,
    etag: quotedEtags ? `"${etag}"` : etag,
    connectionState: isConnected(clientIdOf(identity)) ? "Connected" : "Disconnected",
    connectionStateUpdatedTime: identity.connectionStateUpdatedTime,
    lastActivityTime: identity.lastActivityTime,
    cloudToDeviceMessageCount: 0,
    authentication: { type, symmetricKey: { ...symmetricKey }, x509Thumbprint: { ...x509Thumbprint } },
  };
  if (moduleId !== undefined) return { moduleId, managedBy: identity.managedBy, ...common };
  const { status, statusReason, iotEdge } = identity;
  const scope = iotEdge ? { deviceScope: `ms-azure-iot-edge://${deviceId}-${generationId}`, parentScopes: [] } : {};
  return {
    ...common,
    status,
    statusReason,
    statusUpdatedTime: "0001-01-01T00:00:00",
    capabilities: { iotEdge },
    ...scope,
  };
}

export function twinView(identity: Identity, { isConnected }: View): JsonObject {
  const { deviceId, moduleId, twin, authentication } = identity;
  return {
    deviceId,
    ...(moduleId === undefined ? {} : { moduleId }),
    etag: twin.etag,
    deviceEtag: identity.etag,
    status: identity.status,
    statusUpdateTime: "0001-01-01T00:00:00Z",
    connectionState: isConnected(clientIdOf(identity)) ? "Connected" : "Disconnected",
    lastActivityTime: `${identity.lastActivityTime.replace(/Z$/, "")}Z`,
    cloudToDeviceMessageCount: 0,
    authenticationType: authentication.type,
    x509Thumbprint: { ...authentication.x509Thumbprint },
    version: twin.version,
    ...(moduleId === undefined ? { capabilities: { iotEdge: identity.iotEdge } } : {}),
    tags: twin.valueOf("tags"),
    properties: { desired: twin.documentOf("desired"), reported: twin.documentOf("reported") },
  };
}
