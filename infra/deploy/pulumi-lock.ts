import { hostname } from "node:os";
import { answersSignals } from "#base";

export interface Machine {
  readonly host: string;
  /** Whether a process of this machine still runs. */
  isAlive(pid: number): boolean;
}

/** Who has a stack locked, as a backend of files says. */
interface Holder {
  readonly lock: string;
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** In ISO 8601. */
  readonly since: string;
}

const holder =
  /^\s*(?<lock>\S+): created by (?<user>.{1,256})@(?<host>\S{1,253}) \(pid (?<pid>\d{1,10})\) at (?<since>\S{1,40})\s*$/gm;
/** Pulumi Cloud does not say who it is. */
const conflict = /\[409\] Conflict: Another update is currently in progress/;

/**
 * Who has the stack locked, for a message: `ann@office (pid 4711) since 2026-11-23T07:02:32Z`.
 *
 * @param text what Pulumi printed
 * @returns undefined where it says of no lock
 */
export function describeLock(text: string): string | undefined {
  const holders = holdersOf(text).map(({ user, host, pid, since }) => `${user}@${host} (pid ${pid}) since ${since}`);
  if (holders.length > 0) return holders.join(", ");
  return conflict.test(text) ? "another update" : undefined;
}

/**
 * Whether all holders of the lock are processes of this machine that have ended, as when edgectl was killed together with
 * Pulumi. Known for a backend of files alone: machines that share another one may have the same name.
 *
 * @param text what Pulumi printed of a locked stack
 */
export function isAbandoned(text: string, machine: Machine = thisMachine): boolean {
  const holders = holdersOf(text);
  return (
    holders.length > 0 &&
    holders.every(({ lock, host, pid }) => lock.startsWith("file://") && host === machine.host && !machine.isAlive(pid))
  );
}

function holdersOf(text: string): readonly Holder[] {
  return [...text.matchAll(holder)].map(({ groups = {} }) => {
    const { lock = "", user = "", host = "", pid = "", since = "" } = groups;
    return { lock, user, host, pid: Number(pid), since };
  });
}

const thisMachine: Machine = {
  host: hostname(),
  isAlive: answersSignals,
};
