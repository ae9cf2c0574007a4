/** What the kubelet says of a container that has ended. */
export interface ContainerEnd {
  readonly exitCode: number;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

const units = ["KiB", "MiB", "GiB", "TiB"];
/** Reasons of container runtimes for a program that was never started. */
const neverStarted: ReadonlySet<string> = new Set(["StartError", "ContainerCannotRun", "RunContainerError"]);
const signals: Readonly<Record<number, string>> = {
  4: "SIGILL",
  6: "SIGABRT",
  7: "SIGBUS",
  9: "SIGKILL",
  11: "SIGSEGV",
  15: "SIGTERM",
};
const maxMessage = 400;

/**
 * How a container ended, in one line: both EdgeAgent's report and edgectl say it in these words.
 *
 * @param memoryLimit the container's limit, as its pod has it
 */
export function describeEnd(end: ContainerEnd, memoryLimit?: string): string {
  const { exitCode, reason } = end;
  const code = `exit code ${exitCode}`;
  if (reason === "OOMKilled") {
    const why = memoryLimit === undefined ? "its node had no more memory" : `memory limit ${inUnits(memoryLimit)}`;
    return `OOMKilled: ${why}, ${code}`;
  }
  if (isStartFailure(end)) return `${reason}: ${startFailure(end)}, ${code}`;
  const signal = exitCode > 128 ? signals[exitCode - 128] : undefined;
  const named = reason === undefined || reason === "Error" || reason === "Completed" ? "" : `${reason}: `;
  return `${named}${code}${signal === undefined ? "" : ` (${signal})`}`;
}

/** Whether the container's program was never started. */
export function isStartFailure({ reason }: ContainerEnd): boolean {
  return reason !== undefined && neverStarted.has(reason);
}

/** What the runtime says of the program, without what it says of itself. */
export function startFailure({ message = "" }: ContainerEnd): string {
  const line = message.replace(/\s+/g, " ").trim();
  const own = /(?:exec|chdir to cwd|unable to find user|mkdir)[: (].*/.exec(line)?.[0] ?? line;
  return own.replace(/: unknown$/, "").slice(0, maxMessage) || "no reason given";
}

/** A quantity of Kubernetes as people write memory: `20971520` is `20 MiB`. Others stay as they are. */
export function inUnits(quantity: string): string {
  const [, digits, unit = ""] = /^(\d+)([KMGT]i)?$/.exec(quantity) ?? [];
  if (digits === undefined) return quantity;
  if (unit !== "") return `${digits} ${unit}B`;
  let value = Number(digits);
  let found = "bytes";
  for (const next of units) {
    if (value === 0 || value % 1024 !== 0) break;
    value /= 1024;
    found = next;
  }
  return `${value} ${found}`;
}
