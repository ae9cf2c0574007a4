import { Duplex, PassThrough, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { EdgeError } from "#base";
import { kubernetesErrors } from "./errors.ts";
import { kubectlFor } from "./kubeconfig.ts";

/** A port of a pod, as a program in the pod reaches it at localhost. */
export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

const maxProblem = 600;
const patience = 10_000;

/**
 * Connects to a port of a pod through the API server and the kubelet. It takes the right to get and create
 * `pods/portforward`. The connection ends when the stream is destroyed.
 *
 * @throws EDGE_APPLY_PORT_FORWARD_FORBIDDEN, EDGE_APPLY_PORT_FORWARD_FAILED
 */
export async function connectToPod(config: KubeConfig, { namespace, pod, port }: PodPort): Promise<Duplex> {
  const { PortForward } = await import("@kubernetes/client-node");
  const place = `${namespace}/${pod}:${port}`;
  const failed = (problem: string) =>
    kubernetesErrors.EDGE_APPLY_PORT_FORWARD_FAILED({ place, problem, namespace, kubectl: kubectlFor(config) });
  const [received, sent] = [new PassThrough(), new PassThrough()];
  let problem = "";
  const complaints = new Writable({
    write(chunk: Buffer, _encoding, done) {
      problem = (problem + chunk.toString("utf8")).slice(0, maxProblem);
      // The channel begins with an empty message.
      if (problem !== "") {
        stream.destroy(failed(problem.trim()));
      }
      done();
    },
  });
  const stream = Duplex.from({ readable: received, writable: sent }) as Duplex;
  // Whoever uses it hears of it, too; nobody does before and after.
  stream.on("error", () => {});
  const opening = new PortForward(config, false).portForward(namespace, pod, [port], received, complaints, sent);
  const socket = await Promise.race([opening, tooLate(failed)]).catch((error: unknown) => {
    stream.destroy();
    // A connection that comes too late is nobody's.
    opening.then((late) => typeof late !== "function" && late.close()).catch(() => {});
    throw error instanceof EdgeError ? error : failureOf(error, place, failed);
  });
  if (typeof socket === "function") throw new Error("the library reconnects by itself");
  socket.onclose = () => void received.end();
  stream.once("close", () => socket.close());
  return stream;
}

type Failed = (problem: string) => EdgeError;

async function tooLate(failed: Failed): Promise<never> {
  await delay(patience, undefined, { ref: false });
  throw failed(`no answer within ${patience / 1000} s`);
}

function failureOf(error: unknown, place: string, failed: Failed) {
  const message = (error as { readonly message?: unknown } | undefined)?.message;
  const problem = typeof message === "string" ? message.slice(0, maxProblem) : "no connection";
  // All that the library tells of the server's answer.
  if (/\b403\b/.test(problem)) return kubernetesErrors.EDGE_APPLY_PORT_FORWARD_FORBIDDEN({ place });
  return failed(problem);
}
