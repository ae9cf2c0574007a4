import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leftovers } from "../../infra/local-cluster/leftovers.ts";
import { stopCluster } from "../../infra/local-cluster/stop.ts";
import { edgectl } from "../support/edgectl.ts";
import { progress } from "../support/progress.ts";
import { items, kubectlOk, moduleSelector, readyPod } from "./cluster.ts";
import { loadListeners } from "./listener/image.ts";
import { createStack, smallResources } from "./stack.ts";

const minute = 60_000;
const namespace = "families";
const reference = "localhost/e2e-listener/families:1";
const [port, hostPort] = [8080, 18_080] as const;
const pods = { IPv4: /^10\.244\./, IPv6: /^fd65:6467:6500:244:/ } as const;
const node = { IPv4: "10.245.0.1", IPv6: "fd65:6467:6500:245::1" } as const;

const cases = [
  { families: "dual", has: ["IPv4", "IPv6"] },
  { families: "ipv6", has: ["IPv6"] },
] as const;

/** An installation whose module writes to who connects, and has a port of the node. */
const installation = {
  namespace,
  createNamespace: true,
  edgeAgent: { hostPorts: "HostPort" },
  deployment: {
    modulesContent: {
      $edgeAgent: {
        "properties.desired": {
          schemaVersion: "1.1",
          modules: {
            web: {
              type: "docker",
              status: "running",
              restartPolicy: "always",
              settings: {
                image: reference,
                createOptions: {
                  Cmd: [String(port)],
                  HostConfig: { PortBindings: { [`${port}/tcp`]: [{ HostPort: String(hostPort) }] } },
                },
              },
            },
          },
        },
      },
    },
  },
  ...smallResources,
};

const answerOf = (host: string, at: number) => text(connect({ host, port: at }));

describe.each(cases)("a local cluster of $families", { timeout: 8 * minute }, ({ families, has }) => {
  let directory: string;

  beforeAll(async () => {
    await stopCluster({ progress });
    directory = await mkdtemp(join(tmpdir(), "edge-families-"));
  });
  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
    await stopCluster({ progress });
    expect(await leftovers()).toEqual([]);
  });

  it("01 runs the stack `local`: a module signs, and messages pass", async () => {
    const start = await edgectl(["start", "--ip-families", families, "--json"], { echo: true });
    expect(start.code, start.stderr).toBe(0);
    const { call, messages } = JSON.parse(start.stdout);
    expect(call.digest).toMatch(/^[\w+/]{43}=$/);
    const consumers = messages
      .flatMap(({ modules }: { modules: readonly { moduleId: string }[] }) => modules)
      .filter(({ moduleId }: { moduleId: string }) => moduleId === "consumer");
    expect(consumers).toHaveLength(2);
    for (const { received } of consumers) expect(received).toBeGreaterThan(0);
  });

  it("02 gives nodes, pods and Services addresses of these families alone", async () => {
    const [sensor] = await items("pods", ["-n", "edge-a", "-l", moduleSelector("sensor")]);
    const addresses: string[] = sensor?.status.podIPs.map(({ ip }: { ip: string }) => ip);
    expect(addresses).toEqual(has.map((family) => expect.stringMatching(pods[family])));
    const [own] = await items("nodes");
    const internal = own?.status.addresses.filter(({ type }: { type: string }) => type === "InternalIP");
    expect(internal.map(({ address }: { address: string }) => address)).toEqual(has.map((family) => node[family]));
    const services = await items("services", ["-n", "edge-a"]);
    const familiesOf = (name: string) => services.find(({ metadata }) => metadata.name === name)?.spec.ipFamilies;
    expect(familiesOf("edgehub")).toEqual(has);
    expect(familiesOf("iotedged")).toEqual([has[0]]);
  });

  it("03 is refused with other addresses as long as it runs, and is found without", async () => {
    const other = await edgectl(["cluster", "up", "--ip-families", "ipv4"]);
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("EDGE_CLUSTER_IP_FAMILIES") });
    const same = await edgectl(["cluster", "up", "--json"]);
    expect(JSON.parse(same.stdout)).toMatchObject({ ipFamilies: families });
  });

  it("04 answers at a module's port of the node, by its Service's name and by each of its pod's addresses", async () => {
    await loadListeners(directory, [{ reference, user: "1000" }]);
    const stack = await createStack("families", [installation]);
    try {
      const up = await stack.run(["up", "--engine", "render", "--timeout", "240"]);
      expect(up.code, up.stderr).toBe(0);
      const pod = await readyPod(namespace, moduleSelector("web"));
      for (const family of has) {
        expect(await answerOf(node[family], hostPort), family).toContain("uid=1000");
        const address = pod.status.podIPs.find(({ ip }: { ip: string }) => pods[family].test(ip))?.ip;
        expect(await answerOf(address, port), family).toContain("uid=1000");
      }
      const script = `require("net").connect(${port}, "web.${namespace}").pipe(process.stdout)`;
      const named = await kubectlOk([
        "exec",
        "deploy/sensor",
        "-n",
        "edge-a",
        "-c",
        "sensor",
        "--",
        "node",
        "-e",
        script,
      ]);
      expect(named).toContain("uid=1000");
    } finally {
      const down = await stack.run(["down", "--engine", "render"]);
      await stack.remove();
      expect(down.code, down.stderr).toBe(0);
    }
  });
});
