/** Messages of one module since the hub was started. */
export interface ModuleMessages {
  readonly moduleId: string;
  /** That it sent to the hub. */
  readonly sent: number;
  /** That it got from the hub, and acknowledged. */
  readonly received: number;
}

/** Counts the messages of each module. */
export interface MessageCounts {
  sent(moduleId: string): void;
  received(moduleId: string): void;
  /** In the order of module ids. */
  list(): readonly ModuleMessages[];
}

export function createMessageCounts(): MessageCounts {
  const counts = new Map<string, { sent: number; received: number }>();
  const of = (moduleId: string) => {
    const found = counts.get(moduleId) ?? { sent: 0, received: 0 };
    counts.set(moduleId, found);
    return found;
  };
  return {
    sent: (moduleId) => void of(moduleId).sent++,
    received: (moduleId) => void of(moduleId).received++,
    list: () =>
      [...counts]
        .map(([moduleId, count]) => ({ moduleId, ...count }))
        .sort((a, b) => (a.moduleId < b.moduleId ? -1 : 1)),
  };
}
