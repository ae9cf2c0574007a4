import type { X509Certificate } from "node:crypto";
import type { IConnectPacket } from "mqtt-packet";
import { isCertificateOf } from "../hub/client-certificate.ts";
import type { Hub } from "../hub/hub.ts";
import { clientIdOf, type Identity, keysOf } from "../registry/identity.ts";
import { judgeSasToken } from "../sas-token.ts";
import { openHubSession } from "./hub-session.ts";
import type { Admission, Refusal } from "./service.ts";

/** Those of the SDKs for C# and Node, Python, and Plug and Play. */
const apiVersions: readonly string[] = ["2021-04-12", "2019-10-01", "2020-09-30"];
/** `auth-chain` is not served: nobody connects here on behalf of another. */
const parameters = new Set(["api-version", "DeviceClientType", "model-id"]);

/** Whether a client is the device or module that it names. */
export function admitToHub(
  hub: Hub,
  packet: IConnectPacket,
  certificate: X509Certificate | undefined,
): Admission | Refusal {
  const claim = readClaim(hub.hostName, packet);
  if ("connack" in claim) return claim;
  const refuse = (why: string): Refusal => ({ connack: hub.switches.unauthorizedConnack, why });
  const identity = hub.registry.find(claim.deviceId, claim.moduleId);
  if (identity === undefined) return refuse("not in the registry");
  if (hub.registry.device(claim.deviceId).status === "disabled") return refuse("the device is disabled");
  const proof = proofOf(hub, identity, packet.password, certificate);
  if ("refused" in proof) return refuse(proof.refused);
  const who = clientIdOf(identity);
  const granted = hub.subscriptionsOf(identity, packet.clean === true);
  return { who, granted, expiry: proof.expiry, open: (client) => openHubSession(hub, identity, client) };
}

interface Claim {
  readonly deviceId: string;
  readonly moduleId: string | undefined;
}

/** Reads client id and user name, which have to agree. */
function readClaim(hostName: string, { clientId, username = "" }: IConnectPacket): Claim | Refusal {
  const violation = (why: string): Refusal => ({ connack: 2, why, violation: true });
  const [deviceId = "", moduleId, ...more] = clientId.split("/");
  if (deviceId === "" || moduleId === "" || more.length > 0)
    return violation("the client id names no device or module");
  const query = username.indexOf("/?");
  const place = username.slice(0, Math.max(query, 0));
  const slash = place.indexOf("/");
  if (place.slice(0, slash).toLowerCase() !== hostName.toLowerCase())
    return violation("the user name is of another hub");
  if (place.slice(slash + 1) !== clientId) return violation("user name and client id differ");
  const given = new URLSearchParams(username.slice(query + 2));
  if (!apiVersions.includes(given.get("api-version") ?? "")) return violation("unknown api-version");
  const unknown = [...given.keys()].find((name) => !parameters.has(name));
  if (unknown !== undefined) return violation(`unknown parameter ${unknown} of the user name`);
  return { deviceId, moduleId };
}

function proofOf(
  hub: Hub,
  identity: Identity,
  password: Buffer | undefined,
  certificate: X509Certificate | undefined,
): { readonly expiry: number | undefined } | { readonly refused: string } {
  const { deviceId, moduleId } = identity;
  if (password === undefined || password.length === 0) {
    const own = certificate !== undefined && isCertificateOf(identity, certificate, hub.authorities, hub.clock.now());
    return own ? { expiry: undefined } : { refused: "neither a token nor the certificate of this identity" };
  }
  const keys = keysOf(identity);
  if (keys.length === 0) return { refused: `the authentication is ${identity.authentication.type}` };
  const path = moduleId === undefined ? [] : ["modules", moduleId];
  const audience = { segments: [hub.hostName, "devices", deviceId, ...path], keyName: undefined };
  const verdict = judgeSasToken(password.toString("utf8"), audience, keys, hub.clock.now());
  return "refused" in verdict ? verdict : { expiry: verdict.token.expiry * 1000 };
}
