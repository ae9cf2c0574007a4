/** What a measured process says of itself when asked. */
export interface Usage {
  /** User and system time in microseconds. */
  readonly cpu: number;
  /** Bytes after garbage was collected. */
  readonly memory: { readonly rss: number; readonly heap: number };
}

/** Answers the parent's questions, each by the name of what is asked for. The process needs `--expose-gc`. */
export function reportUsage(): void {
  const answers: { readonly [Question in keyof Usage]: () => Usage[Question] } = {
    cpu: () => {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
    memory: () => {
      globalThis.gc?.();
      const { rss, heapUsed } = process.memoryUsage();
      return { rss, heap: heapUsed };
    },
  };
  process.on("message", (question: keyof Usage) => process.send?.(answers[question]()));
  process.on("disconnect", () => process.exit());
}
