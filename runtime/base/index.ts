/**
 * What every part of the project stands on: coded errors, JSON, problems of documents, clocks, waiting, locks.
 *
 * @module
 */

export { type AtomicOptions, type DraftFile, draftFile, syncToDisk, writeAtomically } from "./atomic-file.ts";
export { type Backoff, createBackoff } from "./backoff.ts";
export { readBounded } from "./bounded-file.ts";
export { canonicalJson } from "./canonical-json.ts";
export { checkSchema, checkSchemaBy } from "./check-schema.ts";
export { type Clock, monotonicClock, pause, systemClock, systemTimer, type Timer } from "./clock.ts";
export { mapConcurrently } from "./concurrency.ts";
export { cutText } from "./cut-text.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export { defineErrors, EdgeError, type ErrorDefinition, registeredErrors } from "./edge-error.ts";
export {
  copyOfJson,
  isJsonObject,
  isNestedDeeper,
  type Json,
  type JsonLimits,
  type JsonObject,
  parseJson,
  parseKeepingDigits,
  parseWithSource,
  withoutByteOrderMark,
} from "./json.ts";
export { escapeForYaml, jsonForYaml } from "./json-for-yaml.ts";
export { createTransport, type NoAnswer, type Transport, type TransportRequest } from "./kubernetes/transport.ts";
export type {
  Informer,
  Kind,
  KubernetesObject,
  ObjectMeta,
  ObjectStore,
  Selection,
  Wire,
} from "./kubernetes-objects.ts";
export { claim } from "./locks/claim.ts";
export {
  answersSignals,
  type Processes,
  type ProcessOwner,
  parseOwner,
  systemProcesses,
} from "./locks/process-owner.ts";
export { nearest } from "./nearest.ts";
export { isExcluded } from "./no-proxy.ts";
export { formatPath, formatProblems, formatValue, isSound, type Path, type Problem, type Resolved } from "./problem.ts";
export { describeProcess, listProcesses, readEnvironment, readStat, withDescendants } from "./process-table.ts";
export { amountOf, isLess, sameQuantity } from "./quantity.ts";
export { shellWord } from "./shell-word.ts";
export { type TarEntry, tarArchive } from "./tar.ts";
export { sleepUntil, untilAborted, waitFor } from "./wait.ts";
