/**
 * Keeps runs and what happened in them, so that a crash at any point loses nothing that was reported as written.
 *
 * @module
 */
export { openJournalStore, runDirectory, unknownRun } from "./journal-store.ts";
export { newRunId } from "./run-id.ts";
