import { isJsonObject, type JsonObject, parseJson } from "#base";
import type { HubWay } from "../judge/hub-ports.ts";

/** How a connected installation reaches its hub, by what iotedged is told, which another version may have written. */
export function hubWayOf(iotedgedConfig: string | undefined): HubWay {
  const settings = objectOf(parseJson(iotedgedConfig));
  const { registration, upstreamProtocol, proxy } = objectOf(settings.provisioning);
  const { globalEndpoint } = objectOf(registration);
  return {
    hubHostname: typeof settings.hubHostname === "string" ? settings.hubHostname : undefined,
    serviceHostname: typeof globalEndpoint === "string" ? new URL(globalEndpoint).hostname : undefined,
    webSocket: upstreamProtocol === "MqttWs",
    proxy: proxyIn(objectOf(proxy)),
  };
}

function proxyIn({ url, exceptions }: JsonObject): HubWay["proxy"] {
  if (typeof url !== "string") return undefined;
  return { url, exceptions: Array.isArray(exceptions) ? exceptions.map(String) : [] };
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
