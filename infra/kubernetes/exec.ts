import { Writable } from "node:stream";
import type { KubeConfig, V1Status } from "@kubernetes/client-node";
import { kubernetesErrors } from "./errors.ts";
import { kubectlFor } from "./kubeconfig.ts";

export interface ExecTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

const maxOutput = 64 * 1024;

/**
 * Runs a command in a container and returns what it printed on stdout.
 *
 * @param timeout seconds
 * @throws EDGE_APPLY_EXEC_FAILED
 */
export async function execInPod(
  config: KubeConfig,
  target: ExecTarget,
  command: readonly string[],
  timeout = 30,
): Promise<string> {
  const { Exec } = await import("@kubernetes/client-node");
  const pod = `${target.namespace}/${target.pod}`;
  const stdout = collector();
  const stderr = collector();
  const deadline = AbortSignal.timeout(timeout * 1000);
  const failed = (problem: string, cause?: unknown) =>
    kubernetesErrors.EDGE_APPLY_EXEC_FAILED(
      { pod, problem, kubectl: kubectlFor(config), name: target.pod, namespace: target.namespace },
      { cause },
    );
  const ended = Promise.withResolvers<V1Status>();
  const socket = await new Exec(config)
    .exec(
      target.namespace,
      target.pod,
      target.container,
      [...command],
      stdout.stream,
      stderr.stream,
      null,
      false,
      (status) => ended.resolve(status),
    )
    .catch((error: Error) => {
      throw failed(error.message, error);
    });
  deadline.addEventListener("abort", () => ended.reject(failed(`no end within ${timeout} s`)));
  socket.on("error", (error: Error) => ended.reject(failed(error.message, error)));
  try {
    const status = await ended.promise;
    if (status.status === "Success") return stdout.text();
    throw failed([status.message, stderr.text().trim()].filter(Boolean).join(": "));
  } finally {
    socket.close();
  }
}

function collector() {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size <= maxOutput) chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}
