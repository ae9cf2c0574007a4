import { once } from "node:events";
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { shareProxyParts } from "./test/parts.ts";
import { canRunProxy, type RunningProxy, startProxy } from "./test/proxy.ts";
import { testToken } from "./test/token.ts";
import { startUpstream, type Upstream } from "./test/upstream.ts";

/** Of one address; of all but the pod's own. */
const most = { ofAddress: 4, ofOthers: 56 };
const unfinished = "GET /livez HTTP/1.1\r\nHost: a\r\n";

describe.skipIf(!(await canRunProxy()))("port 9601", { timeout: 180_000 }, () => {
  const parts = shareProxyParts();
  const sockets: Socket[] = [];
  let upstream: Upstream;
  let proxy: RunningProxy;

  beforeEach(async () => {
    upstream = await startUpstream(await parts.first.issue("localhost"));
    const options = { upstreamPort: upstream.port, bundle: parts.first.pem, token: testToken("good") };
    proxy = await startProxy(parts.build, options);
    await proxy.until("ready", async () => (await proxy.observe("/readyz")).status === 200);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await proxy[Symbol.asyncDispose]();
    await upstream[Symbol.asyncDispose]();
  });

  /** All that comes over a connection from that address until the proxy hangs up. */
  function send(localAddress: string, text: string): { readonly answer: Promise<string> } {
    const socket = connect({ port: proxy.layout.observabilityPort, host: "127.0.0.1", localAddress });
    sockets.push(socket);
    socket.on("error", () => {}).write(text);
    let answer = "";
    socket.setEncoding("latin1").on("data", (part: string) => {
      answer += part;
    });
    return { answer: new Promise((resolve) => void socket.on("close", () => resolve(answer))) };
  }

  async function probe(localAddress: string): Promise<number | undefined> {
    const to = { port: proxy.layout.observabilityPort, host: "127.0.0.1", localAddress, path: "/livez", agent: false };
    const [answer] = await once(get(to), "response");
    answer.resume();
    return answer.statusCode;
  }

  it("keeps few unfinished heads of one address, and those for a short time", async () => {
    const answers = await Promise.all(Array.from({ length: 600 }, () => send("127.0.0.2", unfinished).answer));
    // Whom the proxy has listened to is told that it was too slow.
    expect(answers.filter((answer) => answer.startsWith("HTTP/1.1 408 "))).toHaveLength(most.ofAddress);
    expect(answers.filter((answer) => answer === "")).toHaveLength(600 - most.ofAddress);
  });

  it("answers the kubelet and serves the module meanwhile, and logs nothing of it", async () => {
    const logged = proxy.log();
    const flood = Array.from({ length: 600 }, () => send("127.0.0.2", unfinished).answer);
    for (let call = 0; call < 20; call++) {
      expect(await probe("127.0.0.9")).toBe(200);
      const answer = await fetch(`http://127.0.0.1:${proxy.layout.workloadPort}/modules/a/sign`);
      expect(answer.status).toBe(200);
      await answer.text();
    }
    await Promise.all(flood);
    expect(proxy.log()).toBe(logged);
  });

  it("has connections for the pod's own containers when all others are taken", async () => {
    const addresses = Array.from({ length: most.ofOthers / most.ofAddress + 1 }, (_, index) => `127.0.1.${index + 1}`);
    const flood = addresses.flatMap((address) =>
      Array.from({ length: most.ofAddress }, () => send(address, unfinished).answer),
    );
    expect(await probe("127.0.0.1")).toBe(200);
    const answers = await Promise.all(flood);
    const kept = answers.filter((answer) => answer.startsWith("HTTP/1.1 408 ")).length;
    expect(kept).toBeLessThanOrEqual(most.ofOthers);
  });

  it("hangs up on an address that asks without end", async () => {
    const request = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
    const count = async (localAddress: string) => {
      const answer = await send(localAddress, request.repeat(2000)).answer;
      return [...answer.matchAll(/HTTP\/1\.1 200 /g)].length;
    };
    expect(await count("127.0.0.2")).toBeLessThan(2000);
    expect(await probe("127.0.0.3")).toBe(200);
  });
});
