import { CommandError, ConcurrentUpdateError, type EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { EdgeError, systemTimer, type Timer } from "#base";
import { describeLock, isAbandoned } from "../../../deploy/index.ts";
import { rolloutErrors } from "../../errors.ts";
import { problemsOf } from "./stack-events.ts";

export interface StackLockOptions {
  readonly stack: string;
  /** What is done, for messages: `preview`, `deploy`. */
  readonly verb: string;
  /** Seconds to wait for another operation on the stack. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly timer?: Timer | undefined;
  /** The command that releases the lock. */
  readonly cancel: string;
  /** Takes a lock away that a process has left behind. */
  readonly release: () => Promise<unknown>;
  /** Whether what Pulumi says tells of such a lock. @default {@link isAbandoned} */
  readonly isAbandoned?: ((message: string) => boolean) | undefined;
}

const pause = 5000;
const problemLines = 6;
const problemLength = 600;

/** What Pulumi's engine tells while it works, once for each try. */
export interface Listener {
  readonly events: readonly EngineEvent[];
  readonly onEvent: (event: EngineEvent) => void;
}

/**
 * Does something with a stack, and waits a while where another operation of Pulumi has it locked.
 *
 * @param work passes `onEvent` on to Pulumi: what the engine tells of is why it failed
 * @throws EDGE_ROLLOUT_STACK_LOCKED, EDGE_ROLLOUT_PULUMI
 */
export async function whenUnlocked<T>(options: StackLockOptions, work: (listener: Listener) => Promise<T>): Promise<T> {
  const {
    stack,
    verb,
    timeout,
    signal,
    cancel,
    release,
    timer = systemTimer,
    isAbandoned: abandoned = isAbandoned,
  } = options;
  let released = false;
  const deadline = timer.now() + timeout * 1000;
  for (;;) {
    signal.throwIfAborted();
    const listener = listen();
    try {
      return await work(listener);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ConcurrentUpdateError)) throw explained(error, stack, verb, listener.events);
      if (!released && abandoned(error.message)) {
        released = true;
        await release();
        continue;
      }
      const left = deadline - timer.now();
      if (left <= 0) throw lockedError(stack, cancel, error);
      await timer.sleep(Math.min(pause, left), signal);
    }
  }
}

function lockedError(stack: string, cancel: string, cause: ConcurrentUpdateError): EdgeError {
  const by = describeLock(cause.message) ?? "another operation of Pulumi";
  return rolloutErrors.EDGE_ROLLOUT_STACK_LOCKED({ stack, holder: by, cancel }, { cause });
}

/** Debug messages are not kept: they hold what resources return. */
function listen(): Listener {
  const events: EngineEvent[] = [];
  return {
    events,
    onEvent: (event) => {
      const { resourcePreEvent, diagnosticEvent } = event;
      if (resourcePreEvent !== undefined || diagnosticEvent?.severity === "error") events.push(event);
    },
  };
}

/** What Pulumi could not do, and why. Anything but a failure of the CLI is passed on as it is. */
export function explained(error: unknown, stack: string, verb: string, events: readonly EngineEvent[] = []): unknown {
  if (error instanceof EdgeError || !(error instanceof CommandError)) return error;
  const told = problemsOf(events);
  const lines = told.length > 0 ? told : lastLines(error.message);
  const problem = lines
    .join("; ")
    .replace(/\p{Cc}+/gu, " ")
    .slice(0, problemLength);
  return rolloutErrors.EDGE_ROLLOUT_PULUMI({ stack, verb, problem }, { cause: error });
}

function lastLines(text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(-problemLines);
}
