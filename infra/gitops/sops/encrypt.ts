import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { isJsonObject } from "#base";
import { gitopsErrors } from "../errors.ts";

const maxOutput = 1024 * 1024;
const recipient = /^age1[0-9a-z]{6,4000}$/;
const ciphertext = /^ENC\[AES256_GCM,/;
const encrypted = ["data", "stringData"] as const;

/** @throws EDGE_GITOPS_RECIPIENT */
export function requireRecipients(recipients: readonly string[]): void {
  const wrong = recipients.find((one) => !recipient.test(one));
  // What was given may be the secret key by mistake.
  if (wrong !== undefined)
    throw gitopsErrors.EDGE_GITOPS_RECIPIENT({ position: String(recipients.indexOf(wrong) + 1) });
}

/**
 * Encrypts the values of a Secret by the machine's `sops`. They reach it by a pipe, never by a file, and nothing of the
 * environment tells sops of further keys.
 *
 * @returns YAML
 * @throws EDGE_GITOPS_SOPS_MISSING, EDGE_GITOPS_SOPS_FAILED
 */
export async function encryptSecret(
  secret: object,
  { recipients, signal }: { readonly recipients: readonly string[]; readonly signal: AbortSignal },
): Promise<string> {
  const { stringify } = await import("yaml");
  const args = [
    ...["encrypt", "--age", recipients.join(","), "--encrypted-regex", `^(${encrypted.join("|")})$`],
    ...["--input-type", "yaml", "--output-type", "yaml", "--filename-override", "secret.yaml"],
  ];
  const output = await runSops(args, stringify(secret), signal);
  const problem = await faultOf(output, recipients);
  if (problem !== undefined) throw gitopsErrors.EDGE_GITOPS_SOPS_FAILED({ problem });
  return output;
}

/** Why a text is no Secret whose values are all encrypted; undefined when it is one. */
export async function faultOf(text: string, recipients?: readonly string[]): Promise<string | undefined> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text, { maxAliasCount: 0 } as object);
  if (document.errors.length > 0) return "it is no YAML";
  const object: unknown = document.toJS({ maxAliasCount: 0 });
  if (!isJsonObject(object) || object.kind !== "Secret") return "it is no Secret";
  const { sops } = object;
  if (!isJsonObject(sops) || typeof sops.mac !== "string") return "it has no signature of sops";
  const values = encrypted.flatMap((key) => Object.values(isJsonObject(object[key]) ? object[key] : {}));
  if (values.length === 0) return "it has no values";
  if (!values.every((value) => typeof value === "string" && ciphertext.test(value)))
    return "it has values in the clear";
  if (recipients === undefined) return undefined;
  const entries = Array.isArray(sops.age) ? sops.age : [];
  const has = new Set(entries.map((entry) => (isJsonObject(entry) ? entry.recipient : undefined)));
  const isSame = has.size === new Set(recipients).size && recipients.every((one) => has.has(one));
  return isSame ? undefined : "it is encrypted to others than were named";
}

function runSops(args: readonly string[], input: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("SOPS_")));
    // Where nobody has a `.sops.yaml`.
    const child = spawn("sops", args, { env, cwd: tmpdir(), signal, stdio: ["pipe", "pipe", "pipe"] });
    const output: Buffer[] = [];
    let size = 0;
    let complaint = "";
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxOutput) child.kill();
      else output.push(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-2000);
    });
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? gitopsErrors.EDGE_GITOPS_SOPS_MISSING({}) : error),
    );
    child.once("close", (code) => {
      if (code === 0) return resolve(Buffer.concat(output).toString("utf8"));
      const problem = complaint.trim().split("\n").at(-1)?.slice(0, 300) || `sops ended with ${code}`;
      reject(gitopsErrors.EDGE_GITOPS_SOPS_FAILED({ problem }));
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
