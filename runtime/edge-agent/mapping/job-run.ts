import { createHash } from "node:crypto";
import { annotations } from "#contract";
import type { Module } from "#manifest";
import type { Job } from "#shared";

/** 80 bits: nobody finds another entry of the same hash. */
const hashLength = 20;
/** As many as it had before. */
const formerHashLength = 16;

/** Whether the two Jobs are of one run; the present one may have its hash from when that was shorter. */
export function isSameRun(wanted: Job, present: Job): boolean {
  const [one, other] = [wanted, present].map(({ metadata }) => metadata.annotations?.[annotations.configHash]);
  return one === other || (other?.length === formerHashLength && one?.startsWith(other) === true);
}

/** Hash of what makes a module run again when it changes. */
export function runHash(module: Module, generationId: string): string {
  // How it is found and reached makes no other module of it.
  const { names: _, published: __, ports, ...rest } = module.service;
  const service = { ...rest, ports: ports.map(({ onHost: ___, ...port }) => port) };
  const text = JSON.stringify([{ ...module, service, environment: [...module.environment] }, generationId]);
  return createHash("sha256").update(text).digest("hex").slice(0, hashLength);
}
