import { type ContainerEnd, describeEnd, isStartFailure, startFailure } from "#contract";
import type { CauseId } from "./causes.ts";
import { type Finding, findingOf } from "./finding.ts";
import { logsHint, type PodContext, stackPart } from "./pod-context.ts";
import { type ContainerStatus, memoryLimitOf } from "./pod-status.ts";

type Ended = ContainerEnd & { readonly startedAt?: string; readonly finishedAt?: string };

/** The program's own fault: no more tries make it a program. Other start failures, as those of a busy node, may pass. */
const noProgram =
  /no such file or directory|not found in \$PATH|executable file not found|permission denied|is a directory|exec format error|unable to find user/i;
const killed = /failed (liveness|startup) probe/;

/** Why a container does not stay up. */
export function endFinding(status: ContainerStatus, ended: Ended, context: PodContext): Finding {
  const { part, pod, hints } = context;
  const { name, restartCount = 0, state } = status;
  const runs = state?.running === undefined ? restartCount + 1 : restartCount;
  const isRunning = state?.running !== undefined;
  // Where nothing runs, the last run is the present one. A moment later another may run.
  const log = { pod: pod.metadata.name, container: name, previous: isRunning };
  const asked = { container: name, previous: isRunning || restartCount > 0 };
  const { id, message, evidence } = causeOf(status, ended, context);
  const times = runs > 1 ? `, ${runs} times` : "";
  const owner = name === pod.spec?.containers?.[0]?.name ? "" : `container ${name}: `;
  const subject = pod.metadata.uid;
  // What was never started has the epoch there.
  const runSince = isStartFailure(ended) ? ended.finishedAt : ended.startedAt;
  const seen = {
    subject: `${subject} ${name}`,
    occurrence: `${subject} ${name} ${runs}`,
    cause: String(ended.exitCode),
    runs,
    ...(runSince === undefined ? {} : { runSince }),
    ...(id === "no-such-program" ? {} : { log }),
  };
  const at = ended.finishedAt === undefined ? "" : ` at ${ended.finishedAt}`;
  return findingOf(
    id,
    {
      namespace: part.namespace,
      component: part.component,
      message: `${owner}${message}${times}`,
      evidence: `pod ${pod.metadata.name}, container ${name}: ${evidence}${at}`,
      seen,
    },
    hints,
    { logs: logsHint(part, hints, asked, pod), ...stackPart(part, name) },
  );
}

function causeOf(
  { name }: ContainerStatus,
  ended: Ended,
  { pod, told }: PodContext,
): { readonly id: CauseId; readonly message: string; readonly evidence: string } {
  const evidence = describeEnd(ended, memoryLimitOf(pod, name));
  if (ended.reason === "OOMKilled")
    return { id: "out-of-memory", message: evidence, evidence: ended.message ?? evidence };
  if (isStartFailure(ended)) {
    const failure = startFailure(ended);
    const id = noProgram.test(failure) ? "no-such-program" : "program-exits";
    return { id, message: `its program cannot be started: ${failure}`, evidence: ended.message ?? evidence };
  }
  const own = told.filter(({ container }) => (container ?? name) === name);
  const kill = own.find(
    ({ reason, message, time }) => reason === "Killing" && killed.test(message) && time >= (ended.startedAt ?? ""),
  );
  if (kill === undefined) return { id: "program-exits", message: `its program ends with ${evidence}`, evidence };
  const check = own.find(({ reason, message }) => reason === "Unhealthy" && /^(Liveness|Startup)/.test(message));
  const said = check?.message ?? kill.message;
  return {
    id: "health-check",
    message: `ended because its health check failed: ${said}`,
    evidence: `${evidence}; ${kill.message}`,
  };
}
