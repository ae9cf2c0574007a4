/**
 * A rollout in types: the fleet, an immutable run, what happens in it, where it stands, what is to be done, and by whom.
 *
 * @module
 */
export type * from "./action.ts";
export type * from "./event.ts";
export type * from "./fleet.ts";
export type * from "./gate.ts";
export type * from "./outcome.ts";
export type * from "./ports.ts";
export type * from "./run.ts";
export type * from "./state.ts";
