import type { Socket } from "node:net";

/**
 * Connections of who is not let in yet. There are no more than a limit: everybody on the machine can open some and say
 * nothing, so the oldest makes room, and the others' places stay free for who has the cookie.
 */
export class Strangers {
  readonly #oldestFirst = new Set<Socket>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(socket: Socket): void {
    this.#oldestFirst.add(socket);
    socket.once("close", () => this.#oldestFirst.delete(socket));
    const [oldest] = this.#oldestFirst;
    if (this.#oldestFirst.size <= this.#limit || oldest === undefined) return;
    this.#oldestFirst.delete(oldest);
    oldest.destroy();
  }

  /** What came over it has shown that it is no stranger's. */
  letIn(socket: Socket): void {
    this.#oldestFirst.delete(socket);
  }
}
