import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { rulesFor } from "../../infra/check/all-checks.ts";
import { deploymentChecks } from "../../infra/check/before/deployment-checks.ts";
import { type AccountKubeconfig, accountKubeconfig } from "../support/account-kubeconfig.ts";
import { type AuditEvent, permissionsOf, readAudit, uses } from "../support/audit.ts";
import { documentedYaml } from "../support/documented-yaml.ts";
import { edgectl } from "../support/edgectl.ts";
import "../support/provided.ts";

const program = fileURLToPath(new URL("../../infra/index.ts", import.meta.url));
const namespace = `edge-duties-${randomBytes(3).toString("hex")}`;
const run = promisify(execFile);
const kubectl = async (...args: string[]) =>
  (await run(inject("kubectl"), ["--kubeconfig", inject("kubeconfig"), ...args])).stdout;

let directory: string;
let bob: AccountKubeconfig;
let where: readonly string[];
const command = (...args: string[]) => edgectl(args, { cwd: directory });
const file = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "edge-duties-"));
  await mkdir(file("stacks"));
  const project = { name: "plant", main: program, stackConfigDir: "stacks", runtime: "nodejs" };
  await writeFile(file("Pulumi.yaml"), stringify(project));
  const images = { iotedged: "r.invalid/a:1", edgeAgent: "r.invalid/b:1", proxy: "r.invalid/c:1" };
  const installations = [{ namespace, createNamespace: true, nodeObserver: true, tokenReview: "minimal" }];
  const registries = [{ server: "r.invalid", username: "robot" }];
  const config = {
    "iotedge:clusterObjects": "external",
    "iotedge:images": images,
    "iotedge:registries": [{ ...registries[0], password: `\${EDGE_TEST_PASSWORD}` }],
    "iotedge:installations": installations,
  };
  await writeFile(file(`stacks/Pulumi.${namespace}.yaml`), stringify({ config }));
});
afterAll(async () => {
  await kubectl("delete", "-f", file("cluster.yaml"), "--ignore-not-found", "--wait=false");
  await rm(directory, { recursive: true });
});

const withPassword = (...args: string[]) => edgectl(args, { cwd: directory, env: { EDGE_TEST_PASSWORD: "s3cret" } });
/** No node is there, so that nothing becomes ready. */
const unready = expect.objectContaining({ code: 1, stderr: expect.stringContaining("EDGE_APPLY_NOT_READY") });

describe("who administers one namespace", { timeout: 5 * 60_000 }, () => {
  it("01 gets it, and what is cluster-scoped, from an administrator", async () => {
    const rendered = await command("render", "--stack", namespace, "--cluster-objects");
    expect(rendered.code).toBe(0);
    await writeFile(file("cluster.yaml"), rendered.stdout);
    const kinds = parseAllDocuments(rendered.stdout).map((document) => document.get("kind"));
    expect(kinds.toSorted()).toEqual(
      [
        "ClusterRole",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterRoleBinding",
        "Namespace",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingAdmissionPolicyBinding",
      ].toSorted(),
    );
    const own = await command("render", "--stack", namespace, "-o", "json");
    const cluster = JSON.parse(own.stdout).items.filter(
      ({ metadata }: { metadata: { namespace?: string } }) => metadata.namespace !== namespace,
    );
    expect(cluster).toEqual([]);
    await kubectl("apply", "--server-side", "-f", file("cluster.yaml"));
    const [role] = await documentedYaml("divided-duties.md", "name: iotedge-deployer");
    await writeFile(file("role.yaml"), stringify(role));
    const [admin, account, context] = [inject("kubeconfig"), "bob", "plant"];
    bob = await accountKubeconfig({
      admin,
      kubectl: inject("kubectl"),
      namespace,
      account,
      context,
      file: file("bob.kubeconfig"),
    });
    await kubectl(
      "create",
      "rolebinding",
      "bob",
      "-n",
      namespace,
      "--role=iotedge-deployer",
      `--serviceaccount=${namespace}:bob`,
    );
    where = ["--stack", namespace, "--context", context, "--kubeconfig", bob.kubeconfig];
  });

  it("02 needs to escalate to the Roles of iotedged and EdgeAgent, and to bind them", async () => {
    for (const [verbs, kind] of [[[], "Role"] as const, [["escalate"], "RoleBinding"] as const]) {
      const [role] = await documentedYaml("divided-duties.md", "name: iotedge-deployer");
      const rules = role.rules.flatMap((rule: { verbs: string[] }) =>
        rule.verbs.includes("escalate") ? (verbs.length === 0 ? [] : [{ ...rule, verbs }]) : [rule],
      );
      await writeFile(file("lesser-role.yaml"), stringify({ ...role, rules }));
      await kubectl("apply", "-n", namespace, "-f", file("lesser-role.yaml"));
      const stopped = await withPassword("up", ...where, "--engine", "render");
      expect(stopped).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/EDGE_CHECK_BEFORE_UP[\s\S]* escalation: /),
      });
      const refused = await withPassword("up", ...where, "--engine", "render", "--timeout", "1", "--ignore-checks");
      const forbidden = `EDGE_APPLY_FORBIDDEN: apply of ${kind}\\..*attempting to grant RBAC permissions`;
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(new RegExp(forbidden)) });
    }
    await kubectl("apply", "-n", namespace, "-f", file("role.yaml"));
  });

  it("03 deploys with rights in that namespace alone, and keeps the record there", async () => {
    const up = await withPassword("up", ...where, "--engine", "render", "--timeout", "1");
    expect(up).toEqual(unready);
    const record = ["get", "configmap", `iotedge-${namespace}`, "-o", "name", "--ignore-not-found"];
    expect(await kubectl(...record, "-n", namespace)).toContain(namespace);
    expect(await kubectl(...record, "-n", "default")).toBe("");
    expect(await kubectl("get", "secret", "iotedged-registries", "-n", namespace, "-o", "name")).toContain("secret/");
  });

  it("04 deploys again without a word of who does it, as the record tells", async () => {
    expect(await withPassword("up", ...where, "--timeout", "1")).toEqual(unready);
  });

  it("05 looks", async () => {
    const status = await command("status", ...where, "--json");
    expect(JSON.parse(status.stdout).installations).toMatchObject([{ namespace, ready: false }]);
    const trust = await command("trust", "status", ...where);
    expect(trust).toMatchObject({ code: 0, stdout: expect.stringContaining("r1 active") });
  });

  it("06 rotates the root", async () => {
    const rotate = await withPassword("trust", "rotate", ...where, "--timeout", "60");
    expect(rotate).toMatchObject({ code: 0, stderr: expect.not.stringContaining("FORBIDDEN") });
    const { stdout } = await command("trust", "status", ...where);
    expect(stdout).toContain("r2 active");
    expect(stdout).not.toContain("r1");
  });

  it("07 takes it down with what the installation has made, and leaves the administrator's part", async () => {
    const uid = await kubectl("get", "serviceaccount", "iotedged", "-n", namespace, "-o", "jsonpath={.metadata.uid}");
    const ownerReferences = [{ apiVersion: "v1", kind: "ServiceAccount", name: "iotedged", uid: uid.trim() }];
    const containers = [{ name: "x", image: "r.invalid/x:1" }];
    const template = { metadata: {}, spec: { restartPolicy: "Never", containers } };
    const job = {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "made", namespace, ownerReferences },
      spec: { suspend: true, template },
    };
    await writeFile(file("job.json"), JSON.stringify(job));
    await kubectl("create", "-f", file("job.json"));
    const down = await command("down", ...where, "--timeout", "60");
    expect(down).toMatchObject({ code: 0 });
    const left = await kubectl("get", "configmaps,secrets,deployments,jobs,roles", "-n", namespace, "-o", "name");
    expect(left.split("\n").filter((line) => line !== "" && !/kube-root-ca|iotedge-deployer/.test(line))).toEqual([]);
    expect(await kubectl("get", "-f", file("cluster.yaml"), "-o", "name")).toContain("validatingadmissionpolicy");
  });

  it("08 has used every right that the page lists, and needed no other", async () => {
    const events = (await readAudit(inject("auditLog"))).filter(({ user }) => user.username === bob.username);
    const [role] = await documentedYaml("divided-duties.md", "name: iotedge-deployer");
    const unused = permissionsOf(role.rules).filter((permission) => !isUsed(permission, events));
    expect(unused).toEqual([]);
    const refused = events.filter(
      (event) =>
        event.responseStatus?.code === 403 && !isLook(event.requestURI) && !isRole(event.requestURI) && !isCheck(event),
    );
    expect(refused.map(({ verb, requestURI }) => `${verb} ${requestURI}`)).toEqual([]);
  });
});

/** What was refused in the second test. */
function isRole(uri: string): boolean {
  return new RegExp(`/namespaces/${namespace}/(roles|rolebindings)/(iotedged|edgeagent)\\?`).test(uri);
}

/** Whether another installation has the same device is asked where one may, and needs no right. */
function isLook(uri: string): boolean {
  return /^\/api\/v1\/configmaps\?fieldSelector=metadata\.name%3Diotedged-config/.test(uri);
}

/** What `up` looks at before it writes, and leaves alone where it may not see it. */
function isCheck(event: AuditEvent): boolean {
  const looks = permissionsOf(rulesFor(deploymentChecks("render")));
  return looks.some((look) => uses({ ...event, responseStatus: { code: 200 } }, look));
}

/** Who writes a Role or binds it beyond what he has himself needs `escalate` and `bind`: no request has these verbs. */
function isUsed(permission: ReturnType<typeof permissionsOf>[number], events: readonly AuditEvent[]): boolean {
  const { verb, name } = permission;
  if (verb !== "escalate" && verb !== "bind") return events.some((event) => uses(event, permission));
  const resource = verb === "escalate" ? "roles" : "rolebindings";
  return events.some((event) => uses(event, { ...permission, verb: "patch", resource, ...(name && { name }) }));
}
