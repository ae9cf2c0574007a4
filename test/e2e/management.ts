import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { kubectlOk } from "./cluster.ts";

/** Method and path of a call. */
export type Call = readonly [method: "GET" | "POST", path: string];

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const program = await readFile(join(import.meta.dirname, "management.mjs"), "utf8");

/** Calls the management API as EdgeAgent does: from its container, through its proxy. Answers in the order of the calls. */
export async function manage(namespace: string, calls: readonly Call[]): Promise<Answer[]> {
  const node = ["/bin/node", "--input-type=module", "-e", program, JSON.stringify(calls)];
  const target = ["deployment/edgeagent", "-n", namespace, "-c", "edgeagent"];
  const answers: { status: number; body: string }[] = JSON.parse(await kubectlOk(["exec", ...target, "--", ...node]));
  return answers.map(({ status, body }) => ({ status, body: Buffer.from(body, "base64") }));
}
