/**
 * Decides what a rollout does next, from what has happened in it and nothing else.
 *
 * @module
 */
export { checkCommand } from "./check-command.ts";
export { describeProblems } from "./cluster-events.ts";
export { describeHalt } from "./halt.ts";
export { Scheduler, schedule } from "./scheduler.ts";
