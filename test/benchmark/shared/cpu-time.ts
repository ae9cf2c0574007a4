import { spawn } from "node:child_process";

/** Seconds that a processor works for a program and for what that starts, in user and in system mode. */
export async function cpuSeconds(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<number> {
  // Node tells what it needs itself, and not what its children need; the shell tells both.
  const script = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&3 3>&-';
  const child = spawn("bash", ["-c", script, "bash", program, ...args], {
    stdio: ["ignore", "ignore", "pipe", "inherit"],
    env: { ...process.env, ...options.env },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  let told = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    told += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with code ${code}: ${told}`);
  const [user = Number.NaN, system = Number.NaN] = told.trim().split(" ").map(Number);
  return user + system;
}
