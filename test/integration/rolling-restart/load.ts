import { Agent } from "undici";

/** Requests at a steady rate, until they are stopped. */
export interface Load {
  readonly sent: number;
  /** What went wrong, by how often. */
  readonly failures: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** How often requests that are due are sent, in milliseconds. */
const interval = 5;

/**
 * Posts to `path` over kept connections, as proxies do, and counts every answer but 200.
 *
 * @param options.rate requests in a second
 */
export function startLoad(options: {
  readonly origin: string;
  readonly path: string;
  readonly body: object;
  readonly token: string;
  readonly ca: string;
  readonly rate: number;
  readonly connections: number;
}): Load {
  const { origin, path, token, ca, rate, connections } = options;
  const agent = new Agent({ connect: { ca, servername: "iotedged" }, connections, pipelining: 1 });
  const failures = new Map<string, number>();
  const running = new Set<Promise<void>>();
  const body = JSON.stringify(options.body);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const start = performance.now();
  let sent = 0;

  async function send(): Promise<void> {
    const outcome = await agent.request({ origin, path, method: "POST", headers, body }).then(
      async (answer) => {
        await answer.body.dump();
        return answer.statusCode === 200 ? undefined : `status ${answer.statusCode}`;
      },
      (error: Error) => error.message,
    );
    if (outcome !== undefined) failures.set(outcome, (failures.get(outcome) ?? 0) + 1);
  }

  const timer = setInterval(() => {
    for (const due = ((performance.now() - start) / 1000) * rate; sent < due; sent++) {
      const request = send();
      running.add(request);
      void request.then(() => running.delete(request));
    }
  }, interval);
  return {
    get sent() {
      return sent;
    },
    failures,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(running);
      await agent.close();
    },
  };
}
