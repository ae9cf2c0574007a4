/** What is recorded, and how large its terminal is. */
export const recordings = {
  start: { title: "npm start: from nothing to modules that run", columns: 112, rows: 20 },
  check: { title: "edgectl check, and the chain of one module", columns: 112, rows: 30 },
  rotate: { title: "edgectl trust rotate: the root CA of a stack is replaced", columns: 112, rows: 20 },
  diff: { title: "edgectl rbac diff: what a change lets whom do", columns: 112, rows: 18 },
  rollout: { title: "edgectl rollout run: a change goes to three clusters in two waves", columns: 112, rows: 30 },
} as const;

export type RecordingName = keyof typeof recordings;
