import type { Clock } from "#base";
import { generationIdOf, presentModuleObjectName, type RegisteredIdentity } from "#contract";
import type { Module } from "#manifest";
import { createLoop } from "#shared";
import type { Observed } from "./observed.ts";

/**
 * How long in milliseconds a module waits for its identity: one that a hub does not take, or that somebody else has, must not
 * keep the module from its other work. Fifty modules are registered within a minute.
 */
const maxWait = 120_000;
/** Between two looks while modules wait. */
const interval = 2000;
const never = 2 ** 31 - 1;

/** Keeps a module from being started before the hub has the key that it proves itself by. */
export interface IdentityGate {
  /** Ids of the modules whose Deployment or Job must not be made yet. One that is there already is never touched. */
  held(modules: readonly Module[], observed: Observed): ReadonlySet<string>;
  stop(): Promise<void>;
}

/**
 * @param options.read what iotedged says of the identities; asked only while a module waits
 * @param options.onChange called when that is something else than before
 */
export function createIdentityGate(options: {
  readonly read: () => Promise<readonly RegisteredIdentity[]>;
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
  readonly random: () => number;
}): IdentityGate {
  const { read, onChange, onError, clock, random } = options;
  let known: ReadonlyMap<string, RegisteredIdentity> = new Map();
  let waitingSince: ReadonlyMap<string, number> = new Map();

  async function look(): Promise<boolean> {
    const before = JSON.stringify([...known.values()]);
    const identities = await read();
    known = new Map(identities.map((identity) => [identity.moduleId, identity]));
    if (JSON.stringify(identities) !== before) onChange();
    return true;
  }

  const reading = createLoop({ run: look, onError, clock, random, delay: 0, resync: never });
  let cancelNext = () => {};

  /** What is known of a generation of before says nothing. */
  function isSettled(moduleId: string, generationId: string): boolean {
    const identity = known.get(moduleId);
    return identity?.generationId === generationId && identity.state !== "waiting";
  }

  return {
    held(modules, { serviceAccounts, deployments, jobs }) {
      const since = new Map<string, number>();
      const waits = ({ id, status }: Module) => {
        const name = presentModuleObjectName(id, serviceAccounts);
        const account = serviceAccounts.get(name);
        const generationId = account && generationIdOf(account.metadata);
        if (status !== "running" || generationId === undefined || deployments.has(name) || jobs.has(name)) return false;
        if (isSettled(id, generationId)) return false;
        const start = waitingSince.get(id) ?? clock.now();
        since.set(id, start);
        return clock.now() - start < maxWait;
      };
      const ids = new Set(modules.filter(waits).map(({ id }) => id));
      const isNew = ids.size > 0 && [...since.keys()].some((id) => !waitingSince.has(id));
      waitingSince = since;
      cancelNext();
      if (isNew) reading.trigger();
      else if (ids.size > 0) cancelNext = clock.after(interval, reading.trigger);
      return ids;
    },
    stop: async () => {
      cancelNext();
      await reading.stop();
    },
  };
}
