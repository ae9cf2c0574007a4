import type { Action } from "../../model/action.ts";
import type { Event } from "../../model/event.ts";
import type { World } from "./world.ts";

/** The end of an action, with its effect on the world. */
export function performed(action: Action, world: World, at: number): Event {
  const happened = { at, action: action.id };
  switch (action.kind) {
    case "wait":
      return { type: "timerFired", ...happened };
    case "notify":
      return { type: "notified", ...happened };
    case "finish":
      return { type: "finished", ...happened, outcome: action.outcome };
    case "gate": {
      const passed = at % 3 !== 0;
      return { type: "gateEvaluated", ...happened, gate: action.gate, report: { passed, evidence: "seen" } };
    }
    default:
      return onCluster(action, world, { ...happened, cluster: action.cluster });
  }
}

type OnCluster = Extract<Action, { readonly cluster: string }>;

function onCluster(
  action: OnCluster,
  world: World,
  ended: { readonly at: number; readonly action: string; readonly cluster: string },
): Event {
  const cluster = world.get(action.cluster);
  const outcome = <Value extends object>(value: Value) => world.outcome(action.cluster, ended.at, value);
  switch (action.kind) {
    case "preflight":
      return { type: "preflighted", ...ended, result: outcome({ checks: [] }) };
    case "preview": {
      const changes = cluster.same ? 0 : 3;
      const previous = { file: `${action.cluster}.json`, digest: cluster.revision };
      return { type: "previewed", ...ended, result: outcome({ changeDigest: "planned", changes, previous }) };
    }
    case "apply": {
      const result = outcome({});
      if (result.outcome === "ok") cluster.revision = "new";
      return { type: "applied", ...ended, result };
    }
    case "rollback": {
      const result = outcome({});
      if (result.outcome === "ok") cluster.revision = "old";
      return { type: "rolledBack", ...ended, result };
    }
    default:
      return { type: "healthReported", ...ended, result: outcome({ healthy: cluster.sound, checks: [] }) };
  }
}
