import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Open connections to a server, each with one request under way at most. */
export interface Load {
  /**
   * Sends so many requests over all connections.
   *
   * @returns milliseconds of each request, from its first byte to the last one of the answer
   * @throws Error on an answer other than 200
   */
  send(count: number): Promise<Float64Array>;
  close(): void;
}

const body = JSON.stringify({ keyId: "primary", algo: "HMACSHA256", data: Buffer.alloc(64, 1).toString("base64") });

/** Plain sockets, since a whole HTTP client on the same core would cost more than the servers that are compared. */
export async function openLoad(port: number, connections: number): Promise<Load> {
  const request = Buffer.from(
    "POST /modules/sensor/genid/0a1b2c3d/sign?api-version=2019-01-30 HTTP/1.1\r\n" +
      `Host: localhost:${port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  return {
    async send(count) {
      const times = new Float64Array(count);
      let next = 0;
      const work = async (socket: Socket) => {
        while (next < count) {
          const index = next++;
          const start = performance.now();
          await exchange(socket, request);
          times[index] = performance.now() - start;
        }
      };
      await Promise.all(sockets.map(work));
      return times;
    },
    close: () => sockets.forEach((socket) => void socket.destroy()),
  };
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket.setEncoding("latin1");
}

function exchange(socket: Socket, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const settle = (error?: Error) => {
      socket.removeAllListeners();
      if (error === undefined) resolve();
      else reject(error);
    };
    socket.on("data", (text: string) => {
      answer += text;
      if (!isComplete(answer)) return;
      settle(answer.startsWith("HTTP/1.1 200 ") ? undefined : new Error(`not the answer hoped for: ${answer}`));
    });
    socket.on("error", settle);
    socket.on("close", () => settle(new Error("the server closed the connection")));
    socket.write(request);
  });
}

function isComplete(answer: string): boolean {
  const end = answer.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const chunked = /^transfer-encoding: chunked\r$/im.test(answer.slice(0, end + 1));
  if (chunked) return answer.endsWith("\r\n0\r\n\r\n");
  const length = /^content-length: (\d+)\r$/im.exec(answer.slice(0, end + 1))?.[1];
  return length !== undefined && answer.length >= end + 4 + Number(length);
}
