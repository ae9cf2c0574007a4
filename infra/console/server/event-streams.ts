import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Clock } from "#base";

/** Server-sent events to one page. */
export interface EventStream {
  /** Aborted when the page is gone, or the console ends. */
  readonly signal: AbortSignal;
  /** Resolves when there is room for more. */
  send(event: string, data: unknown): Promise<void>;
  end(): void;
}

/** So that proxies and browsers do not take a stream for dead, in milliseconds. */
const heartbeat = 15_000;
/** What a page that does not read may leave here, in bytes. */
const maxWaiting = 4 * 1024 * 1024;

/** Of a page that was left before its stream began. */
const gone: EventStream = { signal: AbortSignal.abort(), send: async () => {}, end: () => {} };

/** The streams that are open; no more than a limit. */
export class EventStreams {
  readonly #open = new Set<EventStream>();
  readonly #limit: number;
  readonly #clock: Clock;

  constructor(limit: number, clock: Clock) {
    this.#limit = limit;
    this.#clock = clock;
  }

  get size(): number {
    return this.#open.size;
  }

  /** @returns undefined where there are as many as may be */
  open(response: ServerResponse, headers: Readonly<Record<string, string>>): EventStream | undefined {
    // Who has left meanwhile is heard of no more, and would keep a place for ever.
    if (response.destroyed) return gone;
    if (this.#open.size >= this.#limit) return undefined;
    response.writeHead(200, { ...headers, "content-type": "text/event-stream; charset=utf-8" });
    const controller = new AbortController();
    let stopBeating = () => {};
    const stream: EventStream = {
      signal: controller.signal,
      send: async (event, data) => {
        if (controller.signal.aborted) return;
        // Text in JSON has no line break, which is what ends a field.
        const hasRoom = response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
        if (response.writableLength > maxWaiting) response.destroy();
        else if (!hasRoom) await once(response, "drain", { signal: controller.signal }).catch(() => {});
      },
      end: () => {
        response.end();
        close();
      },
    };
    const close = () => {
      stopBeating();
      this.#open.delete(stream);
      controller.abort();
    };
    const beat = () => {
      response.write(": \n\n");
      stopBeating = this.#clock.after(heartbeat, beat);
    };
    response.on("close", close);
    response.on("error", close);
    this.#open.add(stream);
    beat();
    return stream;
  }

  /** Tells all pages that there will be no more, and ends their streams. */
  endAll(): void {
    for (const stream of [...this.#open]) {
      void stream.send("end", {});
      stream.end();
    }
  }
}
