import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { parseJson } from "#base";
import type { BeforeSeen } from "../before/observations.ts";

const timeout = 10_000;
const maxBuffer = 64 * 1024;
const maxLength = 60;

/** Asks programs of the PATH for their versions. */
export async function observeTools(env: NodeJS.ProcessEnv): Promise<BeforeSeen["tools"]> {
  const [node, pulumi, kubectl] = await Promise.all([
    firstLine("node", ["--version"], env),
    firstLine("pulumi", ["version"], env),
    output("kubectl", ["version", "--client", "-o", "json"], env),
  ]);
  const client = parseJson(kubectl) as { readonly clientVersion?: { readonly gitVersion?: unknown } } | undefined;
  const version = client?.clientVersion?.gitVersion;
  return { node, pulumi, kubectl: typeof version === "string" ? version.slice(0, maxLength) : undefined };
}

async function firstLine(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  return (await output(program, args, env))?.trim().split("\n")[0]?.slice(0, maxLength);
}

/** Undefined where there is no such program, or it fails. */
async function output(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(program, [...args], { env, timeout, maxBuffer })).stdout;
  } catch {
    return undefined;
  }
}

/** The proxy that programs of this machine are told to use for HTTPS. */
export function proxyOf(env: NodeJS.ProcessEnv): Pick<BeforeSeen["environment"], "proxy" | "noProxy"> {
  return { proxy: env.HTTPS_PROXY || env.https_proxy || undefined, noProxy: env.NO_PROXY ?? env.no_proxy };
}
