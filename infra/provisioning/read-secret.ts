import { createReadStream } from "node:fs";
import process from "node:process";
import { addAbortSignal, type Readable } from "node:stream";
import { parse } from "yaml";
import { isJsonObject } from "#base";
import type { Cluster } from "../kubernetes/index.ts";
import { provisioningCheckErrors } from "./errors.ts";

/** Content of the Secret, by key, as text. */
export type SecretData = Readonly<Record<string, string>>;

/** As much as a Secret can hold, in base64. */
const maxBytes = 2 * 1024 * 1024;

/** @throws EDGE_PROVISIONING_SECRET when it is not there */
export async function readClusterSecret(
  cluster: Pick<Cluster, "get">,
  namespace: string,
  name: string,
): Promise<SecretData> {
  const secret = await cluster.get({ apiVersion: "v1", kind: "Secret", namespace, name });
  if (secret !== undefined) return dataOf(secret, `Secret ${name} in namespace ${namespace}`);
  const source = `Secret ${name} in namespace ${namespace}`;
  throw provisioningCheckErrors.EDGE_PROVISIONING_SECRET({ source, reason: "it is not there" });
}

/**
 * Reads a Secret as kubectl writes it, in YAML or JSON.
 *
 * @param file `-`: standard input
 * @throws EDGE_PROVISIONING_SECRET
 */
export async function readSecretFile(file: string, signal: AbortSignal): Promise<SecretData> {
  const source = file === "-" ? "standard input" : file;
  const failed = (reason: string) => provisioningCheckErrors.EDGE_PROVISIONING_SECRET({ source, reason });
  const stream = file === "-" ? process.stdin : createReadStream(file);
  const text = await readBounded(addAbortSignal(signal, stream)).catch((error: unknown) => {
    if (signal.aborted) throw signal.reason;
    throw failed(`it cannot be read: ${(error as NodeJS.ErrnoException).code ?? "too large"}`);
  });
  return dataOf(parseYaml(text), source);
}

async function readBounded(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error("too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** What the parser says may have some of the text. */
function parseYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    return undefined;
  }
}

function dataOf(secret: unknown, source: string): SecretData {
  if (!isJsonObject(secret as never) || (secret as { kind?: unknown }).kind !== "Secret")
    throw provisioningCheckErrors.EDGE_PROVISIONING_SECRET({ source, reason: "it is no Secret of Kubernetes" });
  const { data, stringData } = secret as { data?: object; stringData?: object };
  const texts = (of: object | undefined, read: (text: string) => string) =>
    Object.entries(of ?? {}).flatMap(([key, text]) => (typeof text === "string" ? [[key, read(text)]] : []));
  return Object.fromEntries([
    ...texts(data, (text) => Buffer.from(text, "base64").toString("utf8")),
    ...texts(stringData, (text) => text),
  ]);
}
