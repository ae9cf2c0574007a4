/** How many connections of each kind both APIs have together, and how many of them are one client's. */
export type ConnectionBounds = ReturnType<typeof connectionBounds>;

const mega = 1_000_000;
/** Of the container's memory limit: the rest is for what the kernel buffers, and what no one has thought of. */
const share = 0.7;
/** What iotedged takes with 1000 modules, its caches of tokens full, and no connection. */
export const ownMemory = 153 * mega;

/**
 * Bytes that one costs at most, as `npm run bench -- hostile` measures it.
 *
 * A handshake: OpenSSL makes room for the whole message that a client has announced with its first bytes.
 */
export const connectionCost = { waiting: 6_000, unproven: 160_000, proven: 60_000, body: 130_000 } as const;
/** Parts of the memory that is left. */
const parts = { waiting: 0.05, unproven: 0.4, proven: 0.4, body: 0.15 } as const;

/** With the least that lets modules work, and the most that anybody needs. */
const ranges = {
  waiting: [128, 1024],
  unproven: [32, 256],
  proven: [128, 2048],
  body: [16, 256],
} as const satisfies Record<keyof typeof connectionCost, readonly [number, number]>;

/** What fits into a container with that memory limit, in bytes. */
export function connectionBounds(memoryLimit: number) {
  const left = memoryLimit * share - ownMemory;
  const bound = (kind: keyof typeof connectionCost) => {
    const [least, greatest] = ranges[kind];
    const most = Math.max(least, Math.min(greatest, Math.floor((left * parts[kind]) / connectionCost[kind])));
    return { most, mostOfGroup: Math.ceil(most / 2) };
  };
  return {
    /** Accepted, and not yet looked at; of one address. */
    waiting: bound("waiting"),
    /** Without a proven token: in their handshake, silent, or with a token that nobody has confirmed; of one address. */
    unproven: bound("unproven"),
    /** With a proven token; of one module, whose proxy has 64 requests under way and 16 connections at rest. */
    proven: bound("proven"),
    /** Large bodies that are being read; of one module. */
    bodies: bound("body"),
  };
}
