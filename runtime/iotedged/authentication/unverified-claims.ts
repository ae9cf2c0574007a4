import { parseJson } from "#base";

/** What a token says of itself. Nobody has checked it: good to refuse early and to cache for less, never to accept. */
export interface UnverifiedClaims {
  /** When it ends, in milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly audiences: readonly string[];
  /** The pod that it is bound to. */
  readonly podUid: string | undefined;
}

interface Payload {
  readonly exp?: unknown;
  readonly aud?: unknown;
  readonly "kubernetes.io"?: { readonly pod?: { readonly uid?: unknown } | null } | null;
}

/** Reads the payload of a JWT; undefined when it is not one, or has no expiry. */
export function unverifiedClaims(token: string): UnverifiedClaims | undefined {
  const parts = token.split(".");
  if (parts.length !== 3 || parts[1] === undefined) return undefined;
  const payload = parseJson(Buffer.from(parts[1], "base64url").toString("utf8"));
  if (typeof payload !== "object" || payload === null) return undefined;
  const { exp, aud, "kubernetes.io": bound } = payload as Payload;
  if (typeof exp !== "number" || !Number.isFinite(exp)) return undefined;
  const uid = bound?.pod?.uid;
  return { expiresAt: exp * 1000, audiences: audiencesOf(aud), podUid: typeof uid === "string" ? uid : undefined };
}

function audiencesOf(aud: unknown): readonly string[] {
  const list = Array.isArray(aud) ? aud : [aud];
  return list.filter((one) => typeof one === "string");
}
