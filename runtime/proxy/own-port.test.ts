import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { shareProxyParts } from "./test/parts.ts";
import { canRunProxy, startProxy } from "./test/proxy.ts";
import { startUpstream } from "./test/upstream.ts";

/** Of the proxy's image, and of modules that name no user. */
const imageUser = 1000;
const thief = `
  require("node:net").createServer().listen({ port: Number(process.argv[1]), host: "127.0.0.1", reusePort: true })
    .on("listening", () => { console.log("listening"); process.exit(); })
    .on("error", ({ code }) => console.log(code));`;

describe.skipIf(!(await canRunProxy()))("the proxy's ports", { timeout: 60_000 }, () => {
  const parts = shareProxyParts();

  it("are shared with nobody, as a module of the same user on the network of the same node", async () => {
    await using upstream = await startUpstream(await parts.first.issue("localhost"));
    const { pem: bundle } = parts.first;
    await using proxy = await startProxy(parts.build, { upstreamPort: upstream.port, bundle, token: "a.b.c" });
    const { workloadPort, observabilityPort } = proxy.layout;
    for (const port of [workloadPort, observabilityPort]) {
      const user = process.getuid?.() === 0 ? { uid: imageUser, gid: imageUser } : {};
      const child = spawn(process.execPath, ["-e", thief, String(port)], {
        ...user,
        stdio: ["ignore", "pipe", "inherit"],
      });
      const [said] = await once(child.stdout.setEncoding("utf8"), "data");
      expect(said.trim()).toBe("EADDRINUSE");
    }
  });
});
