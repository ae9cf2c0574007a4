import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureGoTools } from "./go-tools.ts";
import { progress } from "./progress.ts";

const modules = [{ name: "engine", title: "Argo CD's engine", packages: ["local/engine"] }];

/** What Argo CD makes of an application. Objects are named `Kind namespace/name`. */
export interface ApplicationReport {
  /** In the order in which it was done; null of a look. */
  readonly synced: readonly { readonly object: string; readonly status: string; readonly message: string }[] | null;
  readonly differs: readonly string[];
  readonly health: Readonly<Record<string, string>>;
  readonly tree: Readonly<Record<string, string>>;
}

/** An application as Argo CD has it: its objects are synced to a cluster, and looked at there. */
export interface Application {
  sync(objects: readonly object[]): Promise<ApplicationReport>;
  look(objects: readonly object[]): Promise<ApplicationReport>;
}

/** Compiles Argo CD's engine from its pinned module, unless this user's cache holds it: about 8 minutes of one core once. */
export async function openApplication(kubeconfig: string, name: string): Promise<Application> {
  const program = join(await ensureGoTools("argo-cd-tools", modules, progress), "engine");
  const run = async (verb: string, objects: readonly object[]) =>
    JSON.parse(await answerOf(program, [kubeconfig, verb, name], JSON.stringify(objects))) as ApplicationReport;
  return { sync: (objects) => run("sync", objects), look: (objects) => run("look", objects) };
}

function answerOf(program: string, args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "pipe" });
    const [output, complaints]: [string[], string[]] = [[], []];
    child.stdout.setEncoding("utf8").on("data", (text) => output.push(text));
    child.stderr.setEncoding("utf8").on("data", (text) => complaints.push(text));
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0
        ? resolve(output.join(""))
        : reject(new Error(`${args[1]} ended with ${code}: ${complaints.join("")}`)),
    );
    child.stdin.end(input);
  });
}
