import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { connect } from "../../infra/kubernetes/cluster.ts";
import type { Cluster } from "../../infra/kubernetes/kubernetes-types.ts";
import { observeTrust } from "../../infra/trust/observe.ts";
import { formatRoots } from "../../infra/trust-model/roots.ts";
import { canRunProxy } from "../../runtime/proxy/test/proxy.ts";
import { edgectl } from "../support/edgectl.ts";
import { killAt } from "../support/edgectl-process.ts";
import { createTestNamespace, type TestNamespace } from "../support/test-namespace.ts";
import { waitFor } from "../support/wait-for.ts";
import { createProject, type TestProject } from "./trust/project.ts";
import { type Site, type SiteModule, startSite } from "./trust/site.ts";

const minutes = 60_000;
const served = [200, 201];

let namespace: TestNamespace;
let cluster: Cluster;
let project: TestProject;
let site: Site;
/** Where edgectl works. */
let where: readonly string[];
let hub: SiteModule;
let sensor: SiteModule;

/** `edgectl trust` in a process of its own. */
const trust = (...words: readonly string[]) => edgectl(["trust", ...words, ...acting()]);
const acting = () => ["--engine", "render", ...where];
const deployed = async () => formatRoots((await observeTrust(cluster, namespace.name)).deployed?.roots ?? []);
const sign = (module: SiteModule) =>
  module.call("/{}/sign", { keyId: "primary", algo: "HMACSHA256", data: "aGVsbG8=" });
const askForCertificate = (module: SiteModule) =>
  module.call("/{}/certificate/server", {
    commonName: module.name,
    expiration: new Date(Date.now() + 3_600_000).toISOString(),
  });

/** The private key of a root, as the state's file has it. */
function keyOf(root: string, state: string): string {
  const { resources } = JSON.parse(state);
  const urn = Object.keys(resources).find((one) => one.includes("PrivateKey::") && one.endsWith(root)) ?? "";
  return JSON.stringify(resources[urn].outputs.privateKeyPem);
}

async function everybodyIsServed(): Promise<void> {
  for (const module of [hub, sensor]) {
    await waitFor(`an answer to ${module.name}`, async () => served.includes(await sign(module)) || undefined, 60);
  }
}

describe.skipIf(!(await canRunProxy()))("edgectl trust, against real proxies", { timeout: 5 * minutes }, () => {
  beforeAll(async () => {
    const config = new KubeConfig();
    config.loadFromFile(inject("kubeconfig"));
    const target = { context: config.getCurrentContext(), kubeconfig: inject("kubeconfig") };
    cluster = await connect(target);
    namespace = await createTestNamespace(inject("kubeconfig"), "edge-command");
    project = await createProject(cluster, namespace.name, () => {});
    await project.deploy();
    site = await startSite(namespace, 2);
    [hub, sensor] = site.modules as [SiteModule, SiteModule];
    const named = ["--context", target.context, "--kubeconfig", target.kubeconfig];
    where = ["--project", project.directory, "--stack", project.stack, ...named];
    await everybodyIsServed();
  }, 3 * minutes);

  afterAll(async () => {
    await site?.stop();
    await project?.remove();
    await namespace?.remove();
  }, minutes);

  describe("abort", () => {
    it("takes a root back that nothing has been issued from yet", async () => {
      site.hold(sensor);
      const held = new RegExp(`waiting for one thing: ${namespace.name}/${sensor.pod}: its proxy has bundle`);
      await killAt(["trust", "rotate", "--to", "r2", ...acting()], held);
      expect(await deployed()).toBe("r1=active,r2=next");
      const { code: shown, stdout: table } = await edgectl(["trust", "status", ...where]);
      expect(shown).toBe(0);
      expect(table).toMatch(/r1 active, r2 next +w1 +[0-9a-f]{12} +promoting +1 of 2/);
      expect(table).toContain(`${namespace.name}/${sensor.pod}: its proxy has bundle`);
      expect(table).not.toContain(`/${hub.pod}: `);
      site.hold(undefined);

      const { code, stdout, stderr } = await trust("abort");
      expect(code, stderr).toBe(0);
      expect(stdout).toContain(`back to r1 in ${namespace.name}`);
      expect(stderr).toContain("take r2 out of the bundle again");
      expect(await deployed()).toBe("r1=active");
    });

    it("goes back from certificates of the new root to the old one, and nobody is refused meanwhile", async () => {
      expect(await askForCertificate(hub)).toBe(201);
      const failed: number[] = [];
      const calls = setInterval(async () => {
        const status = await sign(sensor);
        if (!served.includes(status)) failed.push(status);
      }, 50);
      try {
        const kept = new RegExp(`waiting .*: module ${hub.name} has a server certificate that is not below root r2`);
        await killAt(["trust", "rotate", "--to", "r2", ...acting()], kept);
        expect(await deployed()).toBe("r1=retired,r2=active");

        const { code, stderr } = await trust("abort", "--timeout", "90");
        expect(code, stderr).toBe(0);
        expect(await deployed()).toBe("r1=active");
      } finally {
        clearInterval(calls);
      }
      expect(failed).toEqual([]);
      expect(await askForCertificate(hub)).toBe(201);
    });

    it("is refused where there is nothing to go back to", async () => {
      const { code, stderr } = await trust("abort");
      expect(code).toBe(1);
      expect(stderr).toContain("EDGE_TRUST_NO_RETURN");
      expect(await deployed()).toBe("r1=active");
    });
  });

  describe("revoke-root", () => {
    it("says what it would break, and changes nothing", async () => {
      expect(await hub.call("/trust-bundle")).toBe(200);
      await waitFor("iotedged to have it on record", async () => {
        const { pods } = (await observeTrust(cluster, namespace.name)).record;
        return Object.values(pods).some(({ fetched }) => fetched !== undefined) || undefined;
      });
      const { code, stdout, stderr } = await trust("revoke-root", "r1");
      expect(code, stderr).toBe(0);
      expect(stdout).toContain(`${namespace.name}: revoking r1`);
      expect(stdout).toMatch(/All 2 proxies refuse iotedged, .*\n.*requests of modules fail for up to two minutes/);
      expect(stdout).toMatch(new RegExp(`1 pods have certificates below r1.*\\n +${hub.pod} \\(module ${hub.name}\\)`));
      expect(stdout).toMatch(new RegExp(`1 modules have fetched the bundle.*\\n +${hub.pod} \\(module ${hub.name}\\)`));
      expect(stdout).toContain("Nothing is changed yet. Add --yes to do it.");
      expect(await deployed()).toBe("r1=active");
      const unknown = await trust("revoke-root", "r7");
      expect(unknown.code).toBe(1);
      expect(unknown.stderr).toContain("EDGE_TRUST_ROOT_UNKNOWN");
    });

    it("takes the root out at once, gives everybody certificates of another, and names what is still broken", async () => {
      const calls = setInterval(() => Promise.all([hub, sensor].map(sign)), 500);
      const allButOne = new RegExp(`waiting for 2 things, such as ${namespace.name}/${hub.pod}: module ${hub.name} `);
      const revoked = killAt(["trust", "revoke-root", "r1", "--yes", ...acting()], allButOne);
      await revoked.finally(() => clearInterval(calls));
      const { code, stdout } = await trust("revoke-root", "r1", "--yes", "--timeout", "1");
      expect(code).toBe(1);
      const [, left = ""] = stdout.split(`stack ${project.stack}: r1 is out of the bundle; still broken:`);
      expect(left).toContain(`module ${hub.name} has a server certificate that is not below root r2`);
      expect(left).toContain(`module ${hub.name} has fetched bundle`);
      expect(left).not.toContain(sensor.pod);
      expect(await deployed()).toBe("r1=revoked,r2=active");
      const { bundle, deployed: trusted } = await observeTrust(cluster, namespace.name);
      expect(bundle.map(({ name }) => name)).toEqual(["r2"]);
      expect(trusted?.workloadCa).toBe("w2");
      await everybodyIsServed();
    });

    it("is done when the module has asked again", async () => {
      expect(await askForCertificate(hub)).toBe(201);
      expect(await hub.call("/trust-bundle")).toBe(200);
      const { code, stdout, stderr } = await trust("revoke-root", "r1", "--yes", "--timeout", "30");
      expect(code, stderr).toBe(0);
      expect(stdout).toContain("nobody trusts r1 any more, and nothing below it is in use");
      expect(await deployed()).toBe("r1=revoked,r2=active");
    });

    it("leaves a rotation possible, after which its key is nowhere any more", async () => {
      const stateFile = join(project.directory, ".edge", "state", `${project.stack}.json`);
      const key = keyOf("root-r1", await readFile(stateFile, "utf8"));
      const rotation = trust("rotate", "--to", "r3", "--timeout", "60");
      const asking = setInterval(() => Promise.all([askForCertificate(hub), hub.call("/trust-bundle")]), 2000);
      const { code, stderr } = await rotation.finally(() => clearInterval(asking));
      expect(code, stderr).toBe(0);
      expect(await deployed()).toBe("r3=active");
      const files = await readdir(project.directory, { recursive: true, withFileTypes: true });
      const texts = files
        .filter((file) => file.isFile())
        .map((file) => readFile(join(file.parentPath, file.name), "utf8"));
      const kept = (await Promise.all(texts)).join("\n");
      expect(kept).toContain(keyOf("root-r3", await readFile(stateFile, "utf8")));
      expect(kept).not.toContain(key);
    });
  });
});
