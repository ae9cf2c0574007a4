import { hostname } from "node:os";
import { answersSignals } from "../../../locks/process-owner.ts";

export interface Machine {
  readonly host: string;
  /** Whether a process of this machine still runs. */
  isAlive(pid: number): boolean;
}

const holder = /^\s*(\S+): created by .*@(\S+) \(pid (\d{1,10})\) at /gm;

/**
 * Whether all that lock a stack are processes of this machine that have ended, as when edgectl was killed and Pulumi with
 * it. Known for a backend of files alone: machines that share another one may have the same name.
 *
 * @param message what Pulumi says of a locked stack
 */
export function isAbandoned(message: string, machine: Machine = thisMachine): boolean {
  const holders = [...message.matchAll(holder)];
  return (
    holders.length > 0 &&
    holders.every(([, lock, host, pid]) => {
      return lock?.startsWith("file://") && host === machine.host && !machine.isAlive(Number(pid));
    })
  );
}

const thisMachine: Machine = {
  host: hostname(),
  isAlive: answersSignals,
};
