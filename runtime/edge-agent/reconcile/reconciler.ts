import type { Clock, ObjectStore } from "#base";
import { type AgentSettings, digestOfSettings, type Observation } from "#contract";
import { caughtUp, type Logger } from "#shared";
import type { ManifestSource } from "../manifest-source.ts";
import type { Installation } from "../mapping/installation.ts";
import type { Metrics } from "../metrics.ts";
import { createEndingPods } from "./ending-pods.ts";
import { type Effect, execute } from "./execute.ts";
import type { IdentityGate } from "./identity-gate.ts";
import type { Observed } from "./observed.ts";
import { plan } from "./plan.ts";
import { createSettledWrites } from "./settled-writes.ts";
import { createStartupGate } from "./startup-gate.ts";
import { type WrittenKinds, watchEffects } from "./written-kinds.ts";

/** How far the namespace agrees with the manifest in force. */
export interface Progress {
  /** What was acted on last. */
  readonly observed: Observation | undefined;
  /** Why modules could not be brought to their desired state, by module id, as of the last run. */
  readonly failures: ReadonlyMap<string, Error>;
  /** Ids of the modules that wait for those of a lower `startupOrder`, as of the last run. */
  readonly held: ReadonlySet<string>;
  /** Ids of the modules that are started once their pods of before have ended, as of the last run. */
  readonly ending: ReadonlySet<string>;
  /** Ids of the modules that wait until IoT Hub has their key, as of the last run. */
  readonly unregistered: ReadonlySet<string>;
  /** Ids of the modules whose old pods run on until their images are there, as of the last run. */
  readonly fetching: ReadonlySet<string>;
}

/** Makes the namespace agree with the manifest in force. */
export interface Reconciler extends Progress {
  /** One comparison and what it leads to; answers whether everything is as wanted and nothing waits. */
  run(): Promise<boolean>;
}

/**
 * @param options.installation undefined while the owner of the modules' objects is not there: nothing is written then
 * @param options.leads whether this process is the one that writes
 * @param options.announce told of every effect
 */
export function createReconciler(options: {
  readonly source: ManifestSource;
  readonly installation: () => Installation | undefined;
  readonly leads: () => boolean;
  readonly settings: () => AgentSettings;
  readonly observe: () => Observed;
  readonly store: ObjectStore;
  readonly informers: WrittenKinds;
  readonly announce: (effects: readonly Effect[]) => void;
  /** Absent where the installation stands alone. */
  readonly identityGate?: Pick<IdentityGate, "held"> | undefined;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}): Reconciler {
  const { source, installation, leads, settings, observe, store, informers, announce, clock, metrics, logger } =
    options;
  const settled = createSettledWrites();
  const gate = createStartupGate(clock);
  const endingPods = createEndingPods(clock);
  let observed: Observation | undefined;
  let held: ReadonlySet<string> = new Set();
  let ending: ReadonlySet<string> = new Set();
  let unregistered: ReadonlySet<string> = new Set();
  let fetching: ReadonlySet<string> = new Set();
  let failures: ReadonlyMap<string, Error> = new Map();

  async function reconcile(): Promise<"unchanged" | "applied" | "error"> {
    const manifest = source.inForce;
    const target = installation();
    if (manifest === undefined || target === undefined || !leads()) return "unchanged";
    const live = observe();
    held = gate.held(manifest.modules, live);
    ending = endingPods.held(manifest.modules, live);
    unregistered = options.identityGate?.held(manifest.modules, live) ?? unregistered;
    const waiting = new Set([...held, ...ending, ...unregistered]);
    const plans = plan(manifest.modules, target, live, settled, waiting);
    fetching = new Set(plans.filter(({ waitsForImages }) => waitsForImages).map(({ moduleId }) => moduleId));
    const effects = await execute(plans, store, settled, leads);
    failures = new Map(
      effects.flatMap((effect) => (effect.type === "failed" ? [[effect.moduleId, effect.error]] : [])),
    );
    for (const effect of effects) account(effect);
    announce(effects);
    await caughtUp(informers.values(), watchEffects(informers, effects), clock);
    if (failures.size > 0) return "error";
    return effects.length > 0 ? "applied" : "unchanged";
  }

  function account(effect: Effect): void {
    if (effect.type === "failed") {
      logger.warn({ module: effect.moduleId, error: effect.error }, "module failed");
      return;
    }
    const { moduleId, action, object } = effect;
    const cause = action.type === "apply" ? action.cause : action.type;
    metrics.writes.inc({ kind: object.kind, cause });
    logger.info({ module: moduleId, kind: object.kind, name: object.metadata.name, cause }, "object written");
  }

  return {
    get observed() {
      return observed;
    },
    get failures() {
      return failures;
    },
    get held() {
      return held;
    },
    get ending() {
      return ending;
    },
    get unregistered() {
      return unregistered;
    },
    get fetching() {
      return fetching;
    },
    async run() {
      const started = clock.now();
      const seen = { manifest: source.digest, settings: digestOfSettings(settings()) };
      const result = await reconcile();
      metrics.reconciliations.inc({ result });
      metrics.reconcileSeconds.observe((clock.now() - started) / 1000);
      // Where only waiting is left to do, the manifest has not been acted on yet.
      const isWaiting = ending.size > 0 || [...fetching].some((id) => !failures.has(id));
      if (leads() && !isWaiting) observed = seen;
      return result !== "error" && [held, ending, unregistered, fetching].every(({ size }) => size === 0);
    },
  };
}
