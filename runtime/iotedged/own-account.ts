import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, parseJson } from "#base";
import { mountPaths, objectNames } from "#contract";
import { iotedgedErrors } from "./errors.ts";

/**
 * Whom this process calls the API server as: `system:serviceaccount:NAMESPACE:NAME`.
 *
 * @param root before the mounted path; empty in a pod
 * @returns undefined where the pod has no token, or one that tells nothing
 */
export async function readOwnAccount(root: string): Promise<string | undefined> {
  const token = await readFile(join(root, mountPaths.kubernetesToken, "token"), "utf8").catch(() => undefined);
  return token === undefined ? undefined : accountOf(token);
}

/** Subject of a JWT, which nobody has checked. */
export function accountOf(token: string): string | undefined {
  const parts = token.trim().split(".");
  if (parts.length !== 3 || parts[1] === undefined) return undefined;
  const payload = parseJson(Buffer.from(parts[1], "base64url").toString("utf8"));
  return isJsonObject(payload) && typeof payload.sub === "string" ? payload.sub : undefined;
}

/**
 * Ends an iotedged that was renamed, or moved to another namespace, after its settings had been rendered: names are in
 * settings, policies, certificates and audiences, too, so that it would serve nobody, and say so nowhere.
 *
 * @throws EDGE_IOTEDGED_OTHER_ACCOUNT
 */
export function requireOwnAccount(account: string | undefined, namespace: string): void {
  const expected = `system:serviceaccount:${namespace}:${objectNames.iotedged}`;
  if (account === undefined || account === expected || !account.startsWith("system:serviceaccount:")) return;
  throw iotedgedErrors.EDGE_IOTEDGED_OTHER_ACCOUNT({ account, expected });
}
