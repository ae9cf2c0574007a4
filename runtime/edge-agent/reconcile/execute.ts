import type { ObjectStore } from "#base";
import { kindOf } from "#shared";
import { edgeAgentErrors } from "../errors.ts";
import type { Action, ModuleObject, ModulePlan } from "./action.ts";
import type { SettledWrites } from "./settled-writes.ts";

/** Something that was done for a module, or could not be done. */
export type Effect =
  | { readonly type: "done"; readonly moduleId: string; readonly action: Action; readonly object: ModuleObject }
  | { readonly type: "failed"; readonly moduleId: string; readonly error: Error };

/** Modules that are worked on at the same time. */
const parallelModules = 8;

/**
 * Carries the plans out: a module's actions one after the other, and no module waits for another's failure.
 *
 * @param mayWrite asked before each write; after a no, the rest is left to another replica
 */
export async function execute(
  plans: readonly ModulePlan[],
  store: ObjectStore,
  settled: SettledWrites,
  mayWrite: () => boolean = () => true,
): Promise<readonly Effect[]> {
  const waiting = [...plans];
  const effects: Effect[] = [];
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      effects.push(...(await executeModule(next, store, settled, mayWrite)));
    }
  }
  await Promise.all(Array.from({ length: parallelModules }, work));
  return effects;
}

async function executeModule(
  { moduleId, actions, failure }: ModulePlan,
  store: ObjectStore,
  settled: SettledWrites,
  mayWrite: () => boolean,
): Promise<readonly Effect[]> {
  const effects: Effect[] = failure === undefined ? [] : [{ type: "failed", moduleId, error: failure }];
  try {
    for (const action of actions) {
      if (!mayWrite()) break;
      effects.push({ type: "done", moduleId, action, object: await carryOut(action, store, settled) });
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = edgeAgentErrors.EDGE_AGENT_MODULE_FAILED({ module: moduleId, reason }, { cause });
    effects.push({ type: "failed", moduleId, error });
  }
  return effects;
}

async function carryOut(action: Action, store: ObjectStore, settled: SettledWrites): Promise<ModuleObject> {
  const { object } = action;
  if (action.type === "apply") {
    const answer = await store.apply(object);
    settled.remember(object, answer);
    return answer;
  }
  // The pod of a Job must be gone before its successor is made.
  await store.remove(kindOf(object), object.metadata.name, object.kind === "Job" ? "Foreground" : "Background");
  settled.forget(object);
  return object;
}
