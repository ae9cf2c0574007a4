import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * Runs `action` while no other process of this machine runs one of the same name; waits for its turn.
 *
 * The lock is a listening socket without a file: the kernel releases it when its process ends, however it ends, so no
 * stale lock can be left.
 *
 * @param waiting is called once if somebody else holds the lock
 */
export async function exclusively<T>(name: string, action: () => Promise<T>, waiting: () => void): Promise<T> {
  const path = `\0pulumi-iotedge-${createHash("sha256").update(name).digest("hex").slice(0, 32)}`;
  let lock = await tryLock(path);
  if (!lock) waiting();
  while (!lock) {
    await untilReleased(path);
    lock = await tryLock(path);
  }
  try {
    return await action();
  } finally {
    lock.release();
  }
}

interface Lock {
  release(): void;
}

async function tryLock(path: string): Promise<Lock | undefined> {
  const waiters = new Set<Socket>();
  const server: Server = createServer((socket) => {
    waiters.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => waiters.delete(socket));
  });
  server.listen(path);
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
  return {
    release() {
      server.close();
      for (const socket of waiters) socket.destroy();
    },
  };
}

/** The holder never sends anything: its end of the connection closes when it releases the lock. */
async function untilReleased(path: string): Promise<void> {
  const socket = connect(path);
  socket.on("error", () => socket.destroy());
  socket.resume();
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
}
