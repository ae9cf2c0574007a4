import { CommandError, ConcurrentUpdateError } from "@pulumi/pulumi/automation/index.js";
import { EdgeError, rolloutRunErrors } from "#errors";
import { systemTimer, type Timer } from "../../../apply/wait.ts";

export interface StackLockOptions {
  readonly stack: string;
  /** What is done, for messages: `preview`, `deploy`. */
  readonly verb: string;
  /** Seconds to wait for another operation on the stack. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly timer?: Timer | undefined;
}

const pause = 5000;
const problemLines = 6;

/**
 * Does something with a stack, and waits while another operation of Pulumi has it locked.
 *
 * @throws EDGE_ROLLOUT_STACK_LOCKED, EDGE_ROLLOUT_PULUMI
 */
export async function whenUnlocked<T>(options: StackLockOptions, work: () => Promise<T>): Promise<T> {
  const { stack, verb, timeout, signal, timer = systemTimer } = options;
  const deadline = timer.now() + timeout * 1000;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ConcurrentUpdateError)) throw explained(error, stack, verb);
      const left = deadline - timer.now();
      if (left <= 0) throw rolloutRunErrors.EDGE_ROLLOUT_STACK_LOCKED({ stack, seconds: timeout }, { cause: error });
      await timer.sleep(Math.min(pause, left), signal);
    }
  }
}

function explained(error: unknown, stack: string, verb: string): unknown {
  if (error instanceof EdgeError || !(error instanceof CommandError)) return error;
  const lines = error.message.split("\n").filter((line) => line.trim() !== "");
  const problem = lines
    .slice(-problemLines)
    .join(" ")
    .replace(/\p{Cc}+/gu, " ")
    .slice(0, 600);
  return rolloutRunErrors.EDGE_ROLLOUT_PULUMI({ stack, verb, problem }, { cause: error });
}
