import { parseJson } from "#base";

/** What a token says of itself. Nobody has checked it: good to refuse early and to cache for less, never to accept. */
export interface UnverifiedClaims {
  /** When it ends, in milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly audiences: readonly string[];
}

/** Reads the payload of a JWT; undefined when it is not one, or has no expiry. */
export function unverifiedClaims(token: string): UnverifiedClaims | undefined {
  const parts = token.split(".");
  if (parts.length !== 3 || parts[1] === undefined) return undefined;
  const payload = parseJson(Buffer.from(parts[1], "base64url").toString("utf8"));
  if (typeof payload !== "object" || payload === null) return undefined;
  const { exp, aud } = payload as { exp?: unknown; aud?: unknown };
  if (typeof exp !== "number" || !Number.isFinite(exp)) return undefined;
  return { expiresAt: exp * 1000, audiences: audiencesOf(aud) };
}

function audiencesOf(aud: unknown): readonly string[] {
  const list = Array.isArray(aud) ? aud : [aud];
  return list.filter((one) => typeof one === "string");
}
