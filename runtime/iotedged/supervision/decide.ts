import { type Deployment, desiredHashOf, differences } from "#shared";
import type { RepairPace } from "./repair-pace.ts";
import { absent, type TakeoverGrace } from "./takeover-grace.ts";

/** What a look at the Deployment leads to. */
export type Decision =
  | { readonly action: "nothing" }
  /** Look again in so many milliseconds. */
  | { readonly action: "wait"; readonly milliseconds: number }
  | Change;

type Change =
  | { readonly action: "remove" }
  | { readonly action: "apply"; readonly desired: Deployment; readonly cause: Cause };

/** `start`: it was not there and never was. `change`: it should be another. `repair`: somebody else changed it. */
export type Cause = "start" | "change" | "repair";

/** The last write and what the API server still had otherwise after it: its own spelling, and no drift. */
export interface Written {
  readonly uid: string | undefined;
  readonly hash: string | undefined;
  readonly differences: string;
}

/** A Deployment as it is and as it should be; undefined where it is not, or should not be, there. */
interface Facts {
  readonly live: Deployment | undefined;
  readonly wanted: Deployment | undefined;
  readonly written: Written | undefined;
}

/** @param options.leads whether this process is the one that writes */
export function decide(
  facts: Facts,
  options: { readonly leads: boolean; readonly grace: TakeoverGrace; readonly pace: RepairPace },
): Decision {
  const { leads, grace, pace } = options;
  const { live, wanted } = facts;
  const state = { wanted: wanted ? (desiredHashOf(wanted) ?? "") : absent, live: live ? desiredHashOf(live) : absent };
  const left = grace.wait(state.wanted, state.live, leads);
  const change = leads ? changeOf(facts) : undefined;
  if (change === undefined) return { action: "nothing" };
  const isRepair = change.action === "apply" && change.cause === "repair";
  const milliseconds = Math.max(left, isRepair ? pace.wait() : 0);
  return milliseconds > 0 ? { action: "wait", milliseconds } : change;
}

function changeOf(facts: Facts): Change | undefined {
  const { live, wanted: desired, written } = facts;
  if (desired === undefined) return live === undefined ? undefined : { action: "remove" };
  const cause = causeOf(desired, live, written);
  return cause && { action: "apply", desired, cause };
}

function causeOf(wanted: Deployment, live: Deployment | undefined, written: Written | undefined): Cause | undefined {
  if (live === undefined) return written === undefined ? "start" : "repair";
  if (desiredHashOf(live) !== desiredHashOf(wanted)) return "change";
  const drift = differences(wanted, live).join("\n");
  const settled = written?.hash === desiredHashOf(wanted) ? written?.differences : undefined;
  return drift === "" || drift === settled ? undefined : "repair";
}
