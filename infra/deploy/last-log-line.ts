import { loadScrubber, proxyContainer } from "#contract";
import type { OpenStream } from "../kubernetes/index.ts";
import type { ContainerLog, Finding } from "./findings/finding.ts";
import type { InstallationState } from "./installation-state.ts";

const maxBytes = 8 * 1024;
const maxLine = 300;
/** What the kubelet answers in the place of a log that it has removed. */
const goneLog = "unable to retrieve container logs for ";
/** More lines than one: the last may be empty. */
const tailLines = "5";

/**
 * Adds to what has ended the last line that it has logged, without what is secret in it. Who may not read logs gets the rest
 * all the same.
 */
export async function withLastLines(
  open: OpenStream,
  states: readonly InstallationState[],
  signal: AbortSignal,
): Promise<readonly InstallationState[]> {
  return Promise.all(
    states.map(async (state) => ({
      ...state,
      findings: await Promise.all(state.findings.map((finding) => withLastLine(open, finding, signal))),
    })),
  );
}

async function withLastLine(open: OpenStream, finding: Finding, signal: AbortSignal): Promise<Finding> {
  const { namespace, seen } = finding;
  if (seen.log === undefined || seen.log.container === proxyContainer) return finding;
  const { log } = seen;
  // Another run may have begun since it was seen.
  const line = (await lineOf(log)) ?? (await lineOf({ ...log, previous: !log.previous }));
  if (line === undefined) return finding;
  return { ...finding, message: `${finding.message}; its last line: ${line}` };

  function lineOf(which: ContainerLog): Promise<string | undefined> {
    return lastLine(open, namespace, which, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return undefined;
    });
  }
}

async function lastLine(
  open: OpenStream,
  namespace: string,
  { pod, container, previous }: ContainerLog,
  signal: AbortSignal,
): Promise<string | undefined> {
  const query = { container, previous: String(previous), tailLines, limitBytes: String(maxBytes) };
  const { status, read } = await open({ path: `/api/v1/namespaces/${namespace}/pods/${pod}/log`, query }, signal);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of read) {
    size += part.byteLength;
    if (size <= 2 * maxBytes) parts.push(part);
  }
  if (status >= 300) return undefined;
  const text = Buffer.concat(parts).toString("utf8");
  const shown = (await loadScrubber()).text(text).trimEnd().split("\n").at(-1)?.trim() ?? "";
  return shown === "" || shown.startsWith(goneLog) ? undefined : shown.slice(0, maxLine);
}
