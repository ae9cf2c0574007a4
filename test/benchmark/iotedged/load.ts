import { Agent } from "undici";

/** Sends sign requests to a server over a fixed number of connections. */
export interface Load {
  /** Sends `count` requests, `concurrency` at a time, and counts the answers by status. */
  sign(options: {
    readonly count: number;
    readonly concurrency: number;
    /** The module and the token of each request. */
    readonly caller: (index: number) => { readonly moduleId: string; readonly token: string };
  }): Promise<ReadonlyMap<number, number>>;
  close(): Promise<void>;
}

const connections = 16;
const body = JSON.stringify({ keyId: "primary", algo: "HMACSHA256", data: Buffer.alloc(64, 1).toString("base64") });

export function createLoad(options: { readonly port: number; readonly caPem: string }): Load {
  const origin = `https://127.0.0.1:${options.port}`;
  const agent = new Agent({ connect: { ca: options.caPem, servername: "iotedged" }, connections });

  async function send(moduleId: string, token: string): Promise<number> {
    const answer = await agent.request({
      origin,
      path: `/modules/${moduleId}/genid/uid-${moduleId}/sign?api-version=2019-01-30`,
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body,
    });
    await answer.body.dump();
    return answer.statusCode;
  }

  return {
    sign: async ({ count, concurrency, caller }) => {
      const statuses = new Map<number, number>();
      let next = 0;
      const work = async () => {
        while (next < count) {
          const { moduleId, token } = caller(next++);
          const status = await send(moduleId, token);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, work));
      return statuses;
    },
    close: () => agent.close(),
  };
}
