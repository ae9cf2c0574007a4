import { type Clock, pause } from "#base";
import type { RegisteredIdentity } from "#contract";
import type { DeviceRegistry, HubFailure, HubResult, ModuleKeys, RegisteredModule } from "#iot-hub";
import { createLoop } from "#shared";
import type { GoneModules } from "./gone-modules.ts";
import { planIdentities, type Step, type WantedIdentity } from "./plan.ts";

/** Keeps the hub's identities of modules as the modules here are. */
export interface IdentityKeeper {
  /** Looks soon, because something that it depends on has changed. */
  trigger(): void;
  /** Looks soon, and asks the hub for all that it has. */
  triggerAnew(): void;
  /** Ends a wait, and resolves when no call is under way. To be called when this process no longer leads. */
  rest(): Promise<void>;
  stop(): Promise<void>;
}

export interface IdentityKeeperOptions {
  /** Whether this process is the one that writes. Call `triggerAnew` when it has become so. */
  readonly leads: () => boolean;
  readonly wanted: () => readonly WantedIdentity[];
  readonly gone: Pick<GoneModules, "ids" | "forget">;
  readonly registry: DeviceRegistry;
  readonly clock: Clock;
  readonly random: () => number;
  /** Told of each call: what went wrong with it, or undefined. */
  readonly onCall: (operation: "list" | Step["action"], failure: HubFailure | undefined) => void;
  /** Told of the modules' states, before each write and after the last. */
  readonly onIdentities: (identities: readonly RegisteredIdentity[]) => void;
  readonly onError: (error: unknown) => void;
}

const delay = 100;
/** After so long the hub is asked for all that it has: others may write there, too. */
const resync = 5 * 60_000;
/** Between two writes: a unit of a hub's smaller tiers takes 100 operations a minute of all its devices. */
export const writeInterval = 1000;
/** Longest wait before the first look, so that not all devices of a fleet ask at once when their sites have power again. */
const firstWait = 5000;

export function createIdentityKeeper(options: IdentityKeeperOptions): IdentityKeeper {
  const { leads, wanted, gone, registry, clock, random, onCall, onIdentities, onError } = options;
  const refused = new Map<string, ModuleKeys>();
  let registered: Map<string, RegisteredModule> | undefined;
  let listedAt = Number.NEGATIVE_INFINITY;
  let notBefore = clock.now() + random() * firstWait;
  let waiting = new AbortController();
  let isStopped = false;

  function told<T>(operation: "list" | Step["action"], result: HubResult<T>): HubResult<T> {
    const failure = "failure" in result ? result.failure : undefined;
    onCall(operation, failure);
    notBefore = Math.max(notBefore, clock.now() + (failure?.retryAfter ?? 0));
    return result;
  }

  /** Until a call may be made; whether this process still leads then. */
  async function waitForTurn(): Promise<boolean> {
    waiting = new AbortController();
    const milliseconds = notBefore - clock.now();
    if (milliseconds > 0 && !isStopped) await pause(clock, milliseconds, waiting.signal);
    return leads() && !isStopped && !waiting.signal.aborted;
  }

  async function list(): Promise<Map<string, RegisteredModule> | undefined> {
    if (!(await waitForTurn())) return undefined;
    const result = told("list", await registry.list());
    if ("failure" in result) return undefined;
    refused.clear();
    listedAt = clock.now();
    return new Map(result.value.map((module) => [module.moduleId, module]));
  }

  /** @returns whether to go on */
  async function make(step: Step, known: Map<string, RegisteredModule>): Promise<boolean> {
    const { action, moduleId } = step;
    const result: HubResult<unknown> =
      action === "delete"
        ? await registry.remove(moduleId)
        : await registry.put(moduleId, step.keys, action === "update");
    notBefore = Math.max(notBefore, clock.now() + writeInterval);
    const { failure } = told(action, result) as { readonly failure?: HubFailure };
    if (failure === undefined && action === "delete") {
      known.delete(moduleId);
      gone.forget(moduleId);
      return true;
    }
    if (failure === undefined) {
      // The hub may leave keys out of its answer.
      known.set(moduleId, {
        ...(result as { value: RegisteredModule }).value,
        keys: (step as { keys: ModuleKeys }).keys,
      });
      return true;
    }
    if (failure.kind === "refused" && action !== "delete" && failure.retryAfter === undefined) {
      refused.set(moduleId, step.keys);
      return true;
    }
    registered = undefined;
    return false;
  }

  async function look(): Promise<boolean> {
    if (!leads()) return true;
    if (clock.now() - listedAt >= resync) registered = undefined;
    registered ??= await list();
    if (registered === undefined) return !leads() || isStopped;
    for (;;) {
      const known = registered;
      const { steps, identities } = planIdentities({ wanted: wanted(), registered: known, gone: gone.ids, refused });
      onIdentities(identities);
      const [step] = steps;
      if (step === undefined) return true;
      if (!(await waitForTurn())) return true;
      // What was to be written may be another by now.
      const [now] = planIdentities({ wanted: wanted(), registered: known, gone: gone.ids, refused }).steps;
      if (now !== undefined && !(await make(now, known))) return false;
    }
  }

  const loop = createLoop({ run: look, onError, clock, random, delay, resync });
  return {
    trigger: loop.trigger,
    triggerAnew: () => {
      registered = undefined;
      loop.trigger();
    },
    rest: async () => {
      waiting.abort();
      await loop.idle();
    },
    stop: async () => {
      isStopped = true;
      waiting.abort();
      await loop.stop();
    },
  };
}
