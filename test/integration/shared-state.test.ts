import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { stringify } from "yaml";
import { openSharedState } from "../../infra/state/shared-state.ts";
import { type AccountKubeconfig, accountKubeconfig } from "../support/account-kubeconfig.ts";
import { permissionsOf, readAudit, uses } from "../support/audit.ts";
import { documentedYaml } from "../support/documented-yaml.ts";
import { edgectl } from "../support/edgectl.ts";
import "../support/provided.ts";

const program = fileURLToPath(new URL("../../infra/index.ts", import.meta.url));
const namespace = `iotedge-state-${randomBytes(3).toString("hex")}`;
const run = promisify(execFile);
const kubectl = (...args: string[]) => run(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), ...args]);

let directory: string;
let team: AccountKubeconfig;
const clone = (name: string) => join(directory, name);
const ok = expect.objectContaining({ code: 0 });

/** Runs edgectl in a clone, as somebody who has the key of all. */
const command = (who: string, ...args: string[]) =>
  edgectl(args, { cwd: clone(who), env: { XDG_CONFIG_HOME: join(directory, "config") } });

async function makeClone(name: string): Promise<void> {
  await mkdir(join(clone(name), "stacks"), { recursive: true });
  const project = { name: "plant", main: program, stackConfigDir: "stacks", runtime: "nodejs" };
  await writeFile(join(clone(name), "Pulumi.yaml"), stringify(project));
  const images = { iotedged: "r.invalid/a:1", edgeAgent: "r.invalid/b:1", proxy: "r.invalid/c:1" };
  const config = { "iotedge:images": images, "iotedge:installations": [{ namespace: "line-1" }] };
  await writeFile(join(clone(name), "stacks/Pulumi.dev.yaml"), stringify({ config }));
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-shared-state-"));
  await kubectl("create", "namespace", namespace);
  const file = join(directory, "kubeconfig");
  const [admin, account] = [inject("kubeconfig"), "team"];
  team = await accountKubeconfig({
    admin,
    kubectl: inject("kubectl"),
    namespace,
    account,
    context: "management",
    file,
  });
  const role = join(directory, "role.yaml");
  const documents = await documentedYaml("state.md", "name: iotedge-state");
  await writeFile(role, documents.map((document) => stringify(document)).join("---\n"));
  await kubectl("apply", "-n", namespace, "-f", role);
  await kubectl(
    "create",
    "rolebinding",
    "team",
    "-n",
    namespace,
    "--role=iotedge-state",
    `--serviceaccount=${namespace}:team`,
  );
  await makeClone("ada");
  await makeClone("bob");
});
afterAll(async () => {
  await kubectl("delete", "namespace", namespace, "--wait=false");
  await rm(directory, { recursive: true });
});

const init = (who: string) =>
  command(
    who,
    "state",
    "init",
    "--in",
    "cluster",
    "--context",
    "management",
    "--kubeconfig",
    team.kubeconfig,
    "-n",
    namespace,
  );
const deployed = (who: string) => command(who, "render", "--stack", "dev", "--make-keys");
const keptState = async (who: string) => {
  const env = { XDG_CONFIG_HOME: join(directory, "config") };
  return ((await openSharedState(clone(who), env)) ?? expect.fail("it is shared")).storage("dev");
};

describe("a state in Secrets of a cluster", () => {
  it("is begun once by two who render at the same time, with keys that both have", async () => {
    expect(await init("ada")).toEqual(ok);
    await cp(join(clone("ada"), "state"), join(clone("bob"), "state"), { recursive: true });
    const [mine, theirs] = await Promise.all([deployed("ada"), deployed("bob")]);
    expect(mine).toEqual(ok);
    expect(mine.stdout).toContain("BEGIN CERTIFICATE");
    expect(theirs.stdout).toBe(mine.stdout);
  });

  it("shows nothing to who may read the Secrets and has no key", async () => {
    const { stdout } = await kubectl("get", "secret", "iotedge-state-dev", "-n", namespace, "-o", "json");
    const text = Buffer.from(JSON.parse(stdout).data["state.age"], "base64").toString("utf8");
    expect(text).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----/);
    expect(text).not.toContain("PRIVATE KEY");
    const refused = await edgectl(["render", "--stack", "dev", "--make-keys"], {
      cwd: clone("bob"),
      env: { XDG_CONFIG_HOME: join(directory, "nobody") },
    });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("EDGE_STATE_NO_IDENTITY") });
  });

  it("is replaced by nobody who has not seen what is there", async () => {
    const storage = await keptState("ada");
    const before = (await storage.read()) ?? expect.fail("there is one");
    await storage.replace(before, before.text);
    await expect(storage.replace(before, before.text)).rejects.toMatchObject({ code: "EDGE_RENDER_STATE_CONFLICT" });
    await expect(storage.replace(undefined, "x")).rejects.toMatchObject({ code: "EDGE_RENDER_STATE_CONFLICT" });
    expect((await storage.read())?.text).toBe(before.text);
  });

  it("is refused before it is sent, where it is too large for a Secret", async () => {
    const storage = await keptState("ada");
    const before = await storage.read();
    await expect(storage.replace(before, "x".repeat(1_100_000))).rejects.toMatchObject({
      code: "EDGE_STATE_TOO_LARGE",
    });
  });

  it("is not begun anew in a namespace that is another project's, or nobody's", async () => {
    await makeClone("carol");
    await cp(join(clone("ada"), "state"), join(clone("carol"), "state"), { recursive: true });
    const settings = join(clone("carol"), "state/settings.yaml");
    const text = await readFile(settings, "utf8");
    await writeFile(settings, text.replace(/^id: .*$/m, "id: 00000000-0000-4000-8000-000000000000"));
    await kubectl("delete", "secret", "iotedge-state-prod", "-n", namespace, "--ignore-not-found");
    await cp(join(clone("carol"), "stacks/Pulumi.dev.yaml"), join(clone("carol"), "stacks/Pulumi.prod.yaml"));
    const refused = await command("carol", "render", "--stack", "prod", "--make-keys");
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("EDGE_STATE_ELSEWHERE") });
    await expect(kubectl("get", "secret", "iotedge-state-prod", "-n", namespace)).rejects.toThrow("NotFound");
    const again = await init("carol");
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("EDGE_STATE_ELSEWHERE") });
  });

  it("needs the rights that the page lists, all of them and no others", async () => {
    const [role] = await documentedYaml("state.md", "name: iotedge-state");
    const events = (await readAudit(inject("auditLog"))).filter(({ user }) => user.username === team.username);
    const unused = permissionsOf(role.rules).filter((permission) => !events.some((event) => uses(event, permission)));
    expect(unused).toEqual([]);
    const refused = events.filter(({ responseStatus }) => responseStatus?.code === 403);
    expect(refused.map(({ requestURI }) => requestURI)).toEqual([]);
  });
});
