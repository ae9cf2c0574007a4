import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { type EdgectlProcess, startEdgectl } from "../../support/edgectl-process.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request over a connection of its own. `fetch` would not let a test say whose name it asks for. */
export function ask(address: URL, { method = "GET", headers = {} }: RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(address, { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      response.on("error", reject);
    });
    request.on("error", reject).end();
  });
}

/** Asks, and goes away without waiting for an answer. */
export function leaveAtOnce(address: URL, cookie: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(address.port), address.hostname);
    const lines = [`GET ${address.pathname}${address.search} HTTP/1.1`, `Host: ${address.host}`, `Cookie: ${cookie}`];
    socket.on("error", reject);
    socket.write(`${lines.join("\r\n")}\r\n\r\n`, () => {
      socket.destroy();
      resolve();
    });
  });
}

/** `edgectl console`, and a browser that has opened its address. */
export async function openConsole(args: readonly string[], cwd: string) {
  const edgectl: EdgectlProcess = startEdgectl(["console", "--no-open", ...args], cwd);
  const address = await edgectl.until("its address", () => {
    const found = /^http:\S+$/m.exec(edgectl.output.stdout)?.[0];
    return found === undefined ? undefined : new URL(found);
  });
  const entered = await ask(address);
  const cookie = String(entered.headers["set-cookie"]).split(";", 1)[0] ?? "";
  const base = new URL(address.pathname, address);
  const at = (path: string) => new URL(path, base);
  return {
    edgectl,
    address,
    cookie,
    entered,
    at,
    get: (path: string, options: RequestOptions = {}) =>
      ask(at(path), { ...options, headers: { cookie, ...options.headers } }),
    follow: (path: string) => followEvents(at(path), cookie),
  };
}

export type OpenedConsole = Awaited<ReturnType<typeof openConsole>>;

/** Server-sent events as they come. */
async function followEvents(address: URL, cookie: string) {
  const controller = new AbortController();
  const response = await fetch(address, { headers: { cookie }, signal: controller.signal });
  const seen: { readonly event: string; readonly data: unknown }[] = [];
  const waiting = new Set<() => void>();
  let isOver = false;
  const ended = (async () => {
    let rest = "";
    try {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        rest += chunk;
        const parts = rest.split("\n\n");
        rest = parts.pop() ?? "";
        for (const part of parts) {
          const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(part) ?? [];
          if (event !== undefined && data !== undefined) seen.push({ event, data: JSON.parse(data) });
        }
        for (const look of waiting) look();
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    } finally {
      isOver = true;
      for (const look of waiting) look();
    }
  })();
  return {
    status: response.status,
    seen,
    /** Resolves when the server has ended it. */
    ended,
    until: (what: string, isIt: (event: string, data: string) => boolean) =>
      new Promise<string>((resolve, reject) => {
        const look = () => {
          const found = seen.find(({ event, data }) => isIt(event, String(data)));
          if (found === undefined && !isOver) return;
          waiting.delete(look);
          if (found === undefined) reject(new Error(`the stream ended without ${what}: ${JSON.stringify(seen)}`));
          else resolve(String(found.data));
        };
        waiting.add(look);
        look();
      }),
    close: async () => {
      controller.abort();
      await ended;
    },
  };
}
