/** One thing that must hold before a daemon is ready. */
export interface Condition {
  readonly name: string;
  readonly ok: boolean;
  /** Why it does not hold, for an operator to read. */
  readonly reason?: string;
}

/** One thing that does not work as it should, and why. */
export interface Degradation {
  readonly name: string;
  readonly reason: string;
}

/** What the probes of a daemon tell. Not ready until every condition was said to hold. */
export interface Health {
  readonly ready: boolean;
  /** Whether it was ready once. */
  readonly started: boolean;
  readonly conditions: readonly Condition[];
  /** What works worse than it should, but well enough to be ready. */
  readonly degraded: readonly Degradation[];
  pass(name: string): void;
  fail(name: string, reason: string): void;
  degrade(name: string, reason: string): void;
  recover(name: string): void;
}

/** @param names every condition, in the order in which they are shown */
export function createHealth(names: readonly string[]): Health {
  const conditions = new Map<string, Condition>(
    names.map((name) => [name, { name, ok: false, reason: "not yet checked" }]),
  );
  const degraded = new Map<string, Degradation>();
  let started = false;
  const ready = () => [...conditions.values()].every((condition) => condition.ok);

  function set(condition: Condition): void {
    if (!conditions.has(condition.name)) throw new Error(`${condition.name} is no condition of this daemon`);
    conditions.set(condition.name, condition);
    started ||= ready();
  }

  return {
    get ready() {
      return ready();
    },
    get started() {
      return started;
    },
    get conditions() {
      return [...conditions.values()];
    },
    get degraded() {
      return [...degraded.values()];
    },
    pass: (name) => set({ name, ok: true }),
    fail: (name, reason) => set({ name, ok: false, reason }),
    degrade: (name, reason) => void degraded.set(name, { name, reason }),
    recover: (name) => void degraded.delete(name),
  };
}
