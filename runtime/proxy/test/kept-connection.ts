import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** One connection of a client that keeps it for as long as the server does. */
export interface KeptConnection extends Disposable {
  /** Sends a GET; resolves with the status, and whether the connection may be used again. */
  get(path: string): Promise<{ readonly status: number; readonly kept: boolean }>;
}

export async function openKeptConnection(port: number): Promise<KeptConnection> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.on("error", () => {});
  return {
    async get(path) {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      const answer = await readAnswer(socket);
      return {
        status: Number(answer.split(" ")[1]),
        kept: !/^connection: close\r$/im.test(answer),
      };
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

function readAnswer(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const settle = (error?: Error) => {
      socket.off("data", add).off("close", closed);
      if (error === undefined) resolve(answer);
      else reject(error);
    };
    const add = (chunk: Buffer) => {
      answer += chunk.toString("latin1");
      const end = answer.indexOf("\r\n\r\n");
      const length = /^content-length: (\d+)\r$/im.exec(answer.slice(0, end + 2))?.[1];
      const complete =
        length === undefined ? answer.endsWith("\r\n0\r\n\r\n") : answer.length >= end + 4 + Number(length);
      if (end >= 0 && complete) settle();
    };
    const closed = () => settle(new Error(`the connection was closed: ${answer}`));
    socket.on("data", add).on("close", closed);
  });
}
