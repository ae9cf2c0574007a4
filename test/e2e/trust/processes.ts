import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../../infra/cli/main.ts", import.meta.url));

/**
 * Runs edgectl and kills it as soon as its output matches.
 *
 * @returns whether it was killed; false when it ended before
 */
export async function killAt(args: readonly string[], pattern: RegExp): Promise<boolean> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args]);
  let output = "";
  let killed = false;
  const read = (chunk: Buffer) => {
    output += chunk.toString("utf8");
    if (killed || !pattern.test(output)) return;
    killed = true;
    child.kill("SIGKILL");
  };
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  await new Promise((resolve) => child.once("close", resolve));
  return killed;
}

/** Process ids of the supervisors of a pod's proxy. The cluster's one node is this machine. */
export async function proxySupervisors(pod: string): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, "latin1").catch(() => "");
      const [program, environment] = [await read("comm"), (await read("environ")).split("\0")];
      const isOurs =
        environment.includes(`HOSTNAME=${pod}`) && environment.some((one) => one.startsWith("IOTEDGED_HOST="));
      return isOurs && program.trim() !== "nginx" ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}
