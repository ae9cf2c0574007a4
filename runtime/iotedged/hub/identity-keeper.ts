import type { Clock } from "#base";
import type { RegisteredIdentity } from "#contract";
import type { DeviceRegistry, HubFailure, HubResult, ModuleKeys, RegisteredModule } from "#iot-hub";
import { createLoop } from "#shared";
import type { GoneModules } from "./gone-modules.ts";
import { createPace } from "./pace.ts";
import { planIdentities, type Step, type WantedIdentity } from "./plan.ts";

/** Keeps the hub's identities of modules as the modules here are. */
export interface IdentityKeeper {
  /** Looks soon, because something that it depends on has changed. */
  trigger(): void;
  /** Looks soon, and asks the hub for all that it has. */
  triggerAnew(): void;
  /** The hub is another one: what was written to the one before says nothing. */
  moved(): void;
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

export function createIdentityKeeper(options: IdentityKeeperOptions): IdentityKeeper {
  const { leads, wanted, gone, registry, clock, random, onCall, onIdentities, onError } = options;
  const refused = new Map<string, ModuleKeys>();
  const written = new Map<string, ModuleKeys>();
  let registered: Map<string, RegisteredModule> | undefined;
  let listedAt = Number.NEGATIVE_INFINITY;
  const pace = createPace({ clock, random });
  let isStopped = false;

  function told<T>(operation: "list" | Step["action"], result: HubResult<T>): HubResult<T> {
    const failure = "failure" in result ? result.failure : undefined;
    onCall(operation, failure);
    pace.called(failure, failure !== undefined && isOfTheHub(failure, operation));
    return result;
  }

  /** Until a call may be made; whether this process still leads then. */
  async function waitForTurn(): Promise<boolean> {
    return !isStopped && (await pace.wait()) && leads() && !isStopped;
  }

  async function list(): Promise<Map<string, RegisteredModule> | undefined> {
    if (!(await waitForTurn())) return undefined;
    listedAt = clock.now();
    const result = told("list", await registry.list());
    if ("failure" in result) return undefined;
    refused.clear();
    return new Map(result.value.map((module) => [module.moduleId, withWrittenKeys(module)]));
  }

  /** Where a hub keeps keys to itself, those that it has taken count: else they would be written again and again. */
  function withWrittenKeys(module: RegisteredModule): RegisteredModule {
    const keys = module.usesKeys && module.keys.primary === "" ? written.get(module.moduleId) : undefined;
    return keys === undefined ? module : { ...module, keys };
  }

  function wrote<T>(operation: Step["action"], result: HubResult<T>): HubResult<T> {
    pace.wrote();
    return told(operation, result);
  }

  async function remove(moduleId: string, known: Map<string, RegisteredModule>): Promise<HubFailure | undefined> {
    const result = wrote("delete", await registry.remove(moduleId));
    if ("failure" in result) return result.failure;
    known.delete(moduleId);
    written.delete(moduleId);
    gone.forget(moduleId);
    return undefined;
  }

  async function write(
    { action, moduleId, keys }: Exclude<Step, { readonly action: "delete" }>,
    known: Map<string, RegisteredModule>,
  ): Promise<HubFailure | undefined> {
    const result = wrote(action, await registry.put(moduleId, keys, action === "update"));
    if (!("failure" in result)) {
      written.set(moduleId, keys);
      // The hub may leave keys out of its answer.
      known.set(moduleId, { ...result.value, keys });
      return undefined;
    }
    const { kind, retryAfter } = result.failure;
    if (kind !== "refused" || retryAfter !== undefined) return result.failure;
    // One module's trouble keeps no other from the hub.
    refused.set(moduleId, keys);
    return undefined;
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
      if (now === undefined) continue;
      const failure = now.action === "delete" ? await remove(now.moduleId, known) : await write(now, known);
      if (failure === undefined) continue;
      // What a hub has no time for it has not done, so that what is known of it stays true.
      if (failure.kind !== "throttled") registered = undefined;
      return false;
    }
  }

  const loop = createLoop({ run: look, onError, clock, random, delay, resync });
  return {
    trigger: loop.trigger,
    triggerAnew: () => {
      // A run that is under way ends with what it has begun with.
      listedAt = Number.NEGATIVE_INFINITY;
      pace.forgive();
      loop.trigger();
    },
    moved: () => {
      written.clear();
      refused.clear();
    },
    rest: async () => {
      pace.breakOff();
      await loop.idle();
    },
    stop: async () => {
      isStopped = true;
      pace.breakOff();
      await loop.stop();
    },
  };
}

/** Whether the next call would fare alike: it is no matter of one module, or of what has changed meanwhile. */
function isOfTheHub({ kind }: HubFailure, operation: "list" | Step["action"]): boolean {
  return kind !== "stale" && (kind !== "refused" || operation === "list");
}
