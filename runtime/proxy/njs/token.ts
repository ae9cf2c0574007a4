import fs from "fs";

const longestToken = 16384;
const bearerToken = /^[A-Za-z0-9._~+/-]+=*$/;

/**
 * The pod's token for iotedged, or `undefined` when there is none that may stand in a header.
 *
 * It is read for each request: the kubelet swaps the file when it renews the token, and a copy could outlive it.
 */
export function readToken(file: string): string | undefined {
  let token: string;
  try {
    token = fs.readFileSync(file, "utf8").trim();
  } catch (_) {
    return undefined;
  }
  return token.length <= longestToken && bearerToken.test(token) ? token : undefined;
}

/**
 * When the token expires, in seconds since 1970, or `undefined` when it does not say.
 *
 * For reports only: whether the token counts is decided by the API server.
 */
export function tokenExpiry(token: string): number | undefined {
  const payload = token.split(".")[1];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
    const expiry = (claims as { exp?: unknown } | null)?.exp;
    return typeof expiry === "number" ? expiry : undefined;
  } catch (_) {
    return undefined;
  }
}
