import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { Errors } from "typebox/value";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FolderFile, makeArtifact, openRegistryTags } from "../../infra/gitops/index.ts";
import { PlanSchema } from "../../infra/rollout/plan/plan-schema.ts";
import { createTestCa } from "../fakes/test-ca.ts";
import { edgectl } from "../support/edgectl.ts";
import { type EdgectlProcess, startEdgectl } from "../support/edgectl-process.ts";
import { brokenTag } from "../support/fake-node.ts";
import { readTag, signedEvent, startFluxReporter } from "../support/flux-reporter.ts";
import { hasRegistryTools, type Registry, startRegistry } from "../support/registry.ts";
import { startRollout } from "../support/rollout-process.ts";
import { makeRolloutProject, strategyOf } from "../support/rollout-project.ts";
import { leaksIn, tracesOf } from "../support/secret-traces.ts";
import { serverCertificate } from "../support/server-certificate.ts";
import { waitFor } from "../support/wait-for.ts";
import { ownKeys } from "./gitops/project.ts";
import { signatures, signed, signing } from "./rollout-gitops/signing.ts";
import { filesBut, keysOfState } from "./rollout-gitops/written-files.ts";

const hasTools = await hasRegistryTools();
const day = 86_400_000;
const names = ["alpha", "beta", "gamma"];
const strategy = strategyOf({ progressDeadline: "2m", failuresInARow: 2 });
let registry: Registry;
let project: Awaited<ReturnType<typeof makeRolloutProject>>;
let receiver: EdgectlProcess;
let flux: ReturnType<typeof startFluxReporter>;
let keyOf: Readonly<Record<string, string>>;
let own: object;
let url: string;
const canary = `canary-${randomBytes(12).toString("hex")}`;

/** All that any command has printed. */
const printed: string[] = [];
const command = async (...args: readonly string[]) => {
  const outcome = await edgectl(args, { cwd: project.directory, env: { PLANT_PASSWORD: canary } });
  printed.push(outcome.stdout, outcome.stderr);
  return outcome;
};
const rollout = (...args: readonly string[]) => command("rollout", ...args);
const release = (tag: string) => project.release(tag, own, { "app:password": canary });
const status = async () => JSON.parse((await rollout("status", "--json")).stdout);
const repositoryOf = (name: string) => `${registry.host}/fleet/${name}`;
const tagOf = (name: string, tag = "stable") => readTag(repositoryOf(name), tag);
const digests = async () => Promise.all(names.map(async (name) => (await tagOf(name))?.digest));
const receive = () =>
  startEdgectl(
    ["rollout", "receive", "--keys", "keys", "--tls-cert", "tls.crt", "--tls-key", "tls.key", "--listen", address],
    project.directory,
  );
let address = "127.0.0.1:0";

async function startReceiver(): Promise<void> {
  receiver = receive();
  await receiver.saw(/Receives at (https:\S+)\/clusters/);
  [, url = ""] = /Receives at (https:\S+)\/clusters/.exec(receiver.output.stderr) ?? [];
  address = url.replace("https://", "");
}

beforeAll(async () => {
  if (!hasTools) return;
  registry = await startRegistry();
  const targets = names.map((name) => ({ name, context: name, kubeconfig: "" }));
  project = await makeRolloutProject(targets, strategy, {
    clusterOf: ({ name }) => ({ name, engine: "gitops" }),
    fleet: {
      gitops: {
        artifact: `oci://${registry.host}/fleet/{cluster}:stable`,
        insecure: true,
        silence: "1m",
        sign: signing,
      },
    },
  });
  const ca = await createTestCa({ name: "ours", notBefore: Date.now() - day, notAfter: Date.now() + 900 * day });
  own = ownKeys(ca.certificatePem);
  const { cert, key } = await serverCertificate(ca);
  await writeFile(join(project.directory, "tls.crt"), cert);
  await writeFile(join(project.directory, "tls.key"), key);
  keyOf = Object.fromEntries(names.map((name) => [name, randomBytes(32).toString("hex")]));
  await mkdir(join(project.directory, "keys"));
  for (const name of names) await writeFile(join(project.directory, "keys", name), keyOf[name] ?? "");
  // Somebody has deployed one of the stacks before it was without keys, and has its keys in the project.
  await project.release("0");
  const made = await command("render", "--stack", "alpha", "--make-keys", "--out", "with-keys");
  if (made.code !== 0) throw new Error(made.stderr);
  await startReceiver();
  const clusters = names.map((name) => ({ name, repository: repositoryOf(name), key: keyOf[name] ?? "" }));
  flux = startFluxReporter(clusters, { url, ca: ca.certificatePem });
});
/** Ends the clusters' reports and who receives them. */
const stopReports = async () => {
  await flux?.stop();
  receiver?.interrupt();
  await receiver?.ended;
};
afterAll(async () => {
  await stopReports();
  await project?.remove();
  await registry?.[Symbol.asyncDispose]();
});

describe.skipIf(!hasTools)("rollout by moving tags, over clusters that nobody can reach", () => {
  it("01 plans without publishing anything", async () => {
    await release("1");
    const { code, stdout, stderr } = await rollout("plan");
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/\d+ changes in 3 clusters \(alpha, beta, gamma\)/);
    const asData = await rollout("plan", "--json");
    expect([...Errors(PlanSchema, JSON.parse(asData.stdout))]).toEqual([]);
    expect(await digests()).toEqual([undefined, undefined, undefined]);
  });

  it("02 moves tag by tag, each cluster reported healthy before the next wave", async () => {
    const { code, stdout, stderr } = await rollout("run", "--yes", "--json");
    expect(code, stdout + stderr).toBe(0);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const order = events.filter(({ type }) => type === "applied").map(({ cluster }) => cluster);
    expect(order[0]).toBe("alpha");
    const healthy = events.findIndex(({ type, result }) => type === "healthReported" && result.healthy);
    expect(healthy).toBeLessThan(events.findIndex(({ type, cluster }) => type === "applied" && cluster !== "alpha"));
    const { run } = await status();
    for (const name of names) {
      const tag = await tagOf(name);
      expect(tag?.annotations["iotedge.dev/rollout"]).toBe(run);
      expect(flux.applied.get(name)).toEqual([tag?.digest]);
      expect((await tagOf(name, "stable.lock"))?.annotations["iotedge.dev/lock-holder"]).toBe("");
    }
    const digestsNow = await digests();
    expect(await signed()).toEqual(names.map((name, index) => `${repositoryOf(name)}@${digestsNow[index]}`));
  });

  it("03 changes nothing where nothing changes, and asks whether all is well", async () => {
    const before = await digests();
    expect(await rollout("run", "--yes")).toMatchObject({ code: 0 });
    expect(await digests()).toEqual(before);
    expect(await signed()).toHaveLength(names.length);
    expect(await rollout("drift")).toMatchObject({ code: 0 });
  });

  it("03 finds and replaces what somebody else has pushed, of which the kustomization alone is another, or no signature of its own", async () => {
    const [, before] = await digests();
    const hostile = "images: [{name: registry.example.com/iotedge/iotedged, newName: evil.example.com/miner}]\n";
    const push = async (signer: string | undefined, edit: (files: readonly FolderFile[]) => readonly FolderFile[]) => {
      const [tags, { signal }] = [openRegistryTags(), new AbortController()];
      const repository = { name: repositoryOf("beta"), insecure: true };
      const found = await tags.read(repository, "stable", signal);
      if (found === undefined) throw new Error("the tag is not there");
      const files = edit(await tags.pull(repository, found, signal));
      const origin = { revision: "by@sha1:hand", ...(signer === undefined ? {} : { signer }) };
      const artifact = await makeArtifact(files, origin);
      await tags.push(repository, "stable", artifact, signal);
      return artifact.manifest.digest;
    };
    const signer = (await tagOf("beta"))?.annotations["iotedge.dev/signer"];
    const drift = async (line: string) => {
      const { code, stdout } = await rollout("drift");
      expect(code, stdout).toBe(8);
      expect(stdout).toContain("alpha: as deployed");
      expect(stdout).toMatch(new RegExp(`^beta: differs from .*\n  changed: ${line}$`, "m"));
    };
    const run = async (pushed: string) => {
      const { code, stderr } = await rollout("run", "--yes");
      expect(code, stderr).toBe(0);
      const digest = (await tagOf("beta"))?.digest;
      expect([before, pushed]).not.toContain(digest);
      expect(await signed()).toContain(`${repositoryOf("beta")}@${digest}`);
      expect(flux.applied.get("beta")?.at(-1)).toBe(digest);
      expect(await rollout("drift")).toMatchObject({ code: 0 });
    };
    const pushed = await push(signer, (files) =>
      files.map(({ name, content }) => ({
        name,
        content: name === "kustomization.yaml" ? `${content}${hostile}` : content,
      })),
    );
    await drift("kustomization\\.yaml\n      images: removed");
    expect((await rollout("plan")).stdout).toMatch(/1 change in 1 cluster \(beta\).*\n {2}~ kustomization\.yaml/);
    await run(pushed);
    const unsigned = await push(undefined, (files) => files);
    await drift("signature of the artifact\n      signed by nothing.*");
    await run(unsigned);
    const copied = await push(signer, (files) => files);
    await drift("signature of the artifact\n      not good.*");
    await run(copied);
  });

  it("03 says of one cluster that its artifact cannot be read, where it would take all memory, and plans the others", async () => {
    const [tags, { signal }] = [openRegistryTags(), new AbortController()];
    const repository = { name: repositoryOf("beta"), insecure: true };
    const before = (await tagOf("beta"))?.digest ?? "";
    const bomb = [{ name: "zz.yaml", content: `a:\n${"  - {a: 1}\n".repeat(370_000)}` }];
    await tags.push(repository, "stable", await makeArtifact(bomb, {}), signal);
    const { stdout } = await rollout("plan");
    expect(stdout).toMatch(/^beta: .*cannot be read: it has more than 500000 tokens of YAML$/m);
    expect(stdout).toContain("No change in 2 clusters (alpha, gamma)");
    await tags.move(repository, "stable", before, signal);
  });

  it("04 moves no tag to what could not be signed, and goes on once it can be", async () => {
    const before = await digests();
    await writeFile(join(signatures, "refuse"), "");
    await project.writeFleet({ ...strategy, progressDeadline: "4s" });
    await release("1b");
    const { code, stderr } = await rollout("run", "--yes");
    expect(code, stderr).toBe(3);
    expect(stderr).toMatch(/alpha could not be reached.*alpha@sha256:\w+ was not signed: sh: it ended with 1/);
    expect(await digests()).toEqual(before);
    await rm(join(signatures, "refuse"));
    expect(await rollout("abort", "--reason", "the key was not there")).toMatchObject({ code: 5 });
    await project.writeFleet(strategy);
    expect(await rollout("run", "--yes")).toMatchObject({ code: 0 });
    expect(await signed()).toHaveLength(2 * names.length + 3);
  });

  it("05 halts before the second wave when Flux reports the canary as unhealthy, and goes back by the tag", async () => {
    const before = await digests();
    await project.writeFleet({ ...strategy, progressDeadline: "16s" });
    await release(brokenTag);
    const { code, stderr } = await rollout("run", "--yes");
    expect(code, stderr).toBe(3);
    expect(stderr).toContain("Flux reports sha256:");
    expect(stderr).toContain("health check failed");
    const [alpha, ...others] = await digests();
    expect(alpha).not.toBe(before[0]);
    expect(others).toEqual(before.slice(1));
    expect((await status()).clusters).toMatchObject([
      { name: "alpha", phase: "failed", failedIn: "verify" },
      { name: "beta", phase: "pending", touched: false },
      { name: "gamma", phase: "pending", touched: false },
    ]);
    // The tag is back at once; the cluster is when its Flux says so.
    flux.silent.add("alpha");
    const unheard = await rollout("rollback", "--reason", "the image is missing");
    expect(unheard.code, unheard.stderr).toBe(7);
    expect(unheard.stderr).toContain("Flux has not reported that cluster alpha is back");
    expect(await digests()).toEqual(before);
    flux.silent.delete("alpha");
    const back = await rollout("rollback", "--reason", "the image is missing");
    expect(back.code, back.stderr).toBe(0);
    expect(await digests()).toEqual(before);
    expect(flux.applied.get("alpha")?.at(-1)).toBe(before[0]);
    await project.writeFleet(strategy);
  });

  it("06 goes on after kill -9 where it was, and excludes another run meanwhile", async () => {
    await release("2");
    // The run does not come to its end while one cluster does not report.
    flux.silent.add("gamma");
    const first = startRollout(project.directory, ["run", "--yes"]);
    await first.waitFor(({ type }) => type === "preflighted");
    const second = await rollout("run", "--yes");
    expect(second.code, second.stderr).toBe(3);
    expect(second.stderr).toContain("is locked by");
    await first.waitFor(({ type, action }) => type === "began" && action?.startsWith("apply/gamma") === true);
    first.kill();
    await first.ended;
    printed.push(JSON.stringify(first.events));
    flux.silent.delete("gamma");
    const { run } = JSON.parse((await rollout("list", "--json")).stdout).runs.at(-2);
    const resumed = await rollout("resume", "--run", run);
    expect(resumed.code, resumed.stderr).toBe(0);
    for (const name of names) {
      expect((await tagOf(name))?.annotations["iotedge.dev/rollout"]).toBe(run);
      expect(flux.applied.get(name)?.at(-1)).toBe((await tagOf(name))?.digest);
      // Of clusters that were done before as well: the next run would wait for nobody.
      expect((await tagOf(name, "stable.lock"))?.annotations["iotedge.dev/lock-holder"]).toBe("");
    }
  });

  it("07 moves no tag that somebody else has moved since the cluster's turn began", async () => {
    await release("3");
    const process = startRollout(project.directory, ["run", "--yes"]);
    await process.waitFor(({ type, cluster }) => type === "previewed" && cluster === "alpha");
    process.kill();
    await process.ended;
    printed.push(JSON.stringify(process.events));
    const to = ["--push", `oci://${repositoryOf("alpha")}:stable`, "--insecure", "--revision", "by@sha1:hand"];
    await command("render", "--stack", "alpha", "--gitops", "elsewhere", ...to);
    const byHand = (await tagOf("alpha"))?.digest;
    const { code, stderr } = await rollout("resume");
    expect(code, stderr).toBe(3);
    expect(stderr).toContain("the tag of cluster alpha was moved since its turn began");
    expect((await tagOf("alpha"))?.digest).toBe(byHand);
    expect(await rollout("abort", "--reason", "somebody pushes")).toMatchObject({ code: 5 });
  });

  it("08 takes nothing that is not signed, is replayed, or of another cluster", async () => {
    const digest = (await tagOf("beta"))?.digest ?? "";
    const report = { digest, severity: "info", reason: "ReconciliationSucceeded", message: "m", at: Date.now() };
    const good = signedEvent(keyOf.beta ?? "", report);
    const old = signedEvent(keyOf.beta ?? "", { ...report, at: Date.now() - 60_000 });
    const forged = `X\u001b[31m\u0007\ngamma: taken info ReconciliationSucceeded ${digest}`;
    const statusOf = async (cluster: string, event: { body: string; signature: string }) => {
      const response = await flux.post(cluster, event);
      return [response.status, ((await response.json()) as { result: string }).result];
    };
    flux.silent.add("beta");
    expect(await statusOf("beta", good)).toEqual([202, "taken"]);
    expect(await statusOf("beta", good)).toEqual([200, "again"]);
    expect(await statusOf("beta", old)).toEqual([200, "late"]);
    const refused = [401, "refused"];
    expect(await statusOf("gamma", good)).toEqual(refused);
    expect(await statusOf("unknown", good)).toEqual(refused);
    expect(await statusOf("beta", { ...good, signature: "" })).toEqual(refused);
    expect(await statusOf("beta", { ...good, body: good.body.replace("info", "error") })).toEqual(refused);
    const large = { ...good, body: "x".repeat(300 * 1024) };
    expect((await flux.post("beta", large).catch(() => ({ status: 413 }))).status).toBe(413);
    const lines = signedEvent(keyOf.beta ?? "", { ...report, reason: forged });
    expect(await statusOf("beta", lines)).toEqual([202, "taken"]);
    await receiver.saw(/^beta: taken info X \[31m gamma: taken info/m);
    expect(receiver.output.stdout).not.toContain("\u001b");
    const kept = JSON.parse(await readFile(join(project.directory, ".edge/rollout-events/beta.json"), "utf8"));
    expect(kept.events.at(-1).reason).toBe(`X [31m gamma: taken info ReconciliationSucceeded ${digest}`.slice(0, 128));
    // What was taken is there after a crash, so that a replay is one.
    await receiver.kill();
    printed.push(receiver.output.stdout, receiver.output.stderr);
    await startReceiver();
    expect(await statusOf("beta", good)).toEqual([200, "again"]);
    flux.silent.delete("beta");
  });

  it("08 takes reports while somebody without a key opens as many connections as there are", async () => {
    const { hostname, port } = new URL(url);
    const sockets = Array.from({ length: 300 }, () =>
      connect({ host: hostname, port: Number(port), localAddress: "127.0.0.5" }).on("error", () => {}),
    );
    try {
      const closed = () => sockets.filter(({ destroyed }) => destroyed).length;
      await waitFor("those beyond its share to be closed", async () => closed() >= 100 || undefined);
      expect(closed()).toBeLessThan(150);
      const digest = (await tagOf("gamma"))?.digest ?? "";
      const report = { digest, severity: "info", reason: "ReconciliationSucceeded", message: "m", at: Date.now() };
      expect((await flux.post("gamma", signedEvent(keyOf.gamma ?? "", report))).status).toBe(202);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  it("09 writes no secret anywhere: neither a key of the state, nor a value of the configuration, nor a key of a cluster", async () => {
    // What a pipeline shows of a plan, a run in its own words, and what is asked of it afterwards.
    await release("4");
    const said = [
      await rollout("plan", "--markdown"),
      await rollout("plan", "--json"),
      await rollout("run", "--yes"),
      await rollout("status", "--json"),
      await rollout("list", "--json"),
      await rollout("report"),
      await rollout("drift"),
      await command("render", "--stack", "alpha", "--gitops", "rendered", "--readme"),
    ];
    expect(said.map(({ code }) => code)).toEqual(said.map(() => 0));
    // A value of the configuration, or of the environment, that would have to get into a manifest.
    for (const [password, code] of [
      [canary, "EDGE_CONFIG_INVALID"],
      [`\${PLANT_PASSWORD}`, "EDGE_GITOPS_SECRETS"],
    ]) {
      const registries = [{ server: "r.example.com", username: "robot", password }];
      await project.release("5", own, { "app:password": canary, "iotedge:registries": registries });
      const refused = await command("render", "--stack", "alpha", "--gitops", "rendered");
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining(`error ${code}`)]);
      await rollout("plan");
    }

    // The receiver puts files in place by a rename: one that is listed while it writes is gone when it is read.
    await stopReports();
    const state = ".edge/state/alpha.json";
    const keys = await keysOfState(join(project.directory, state));
    expect(keys.length).toBeGreaterThan(2);
    const secrets = [canary, ...keys, ...Object.values(keyOf)];
    const traces = new Map(secrets.map((secret, index) => [`secret ${index}`, tracesOf(Buffer.from(secret))]));
    // Where the secrets were put: all else was written by a command.
    const given = [".git", "stacks", "keys", "tls.key", "with-keys", state];
    const written = await filesBut(project.directory, given);
    const paths = written.map(([path]) => path);
    for (const file of [/journal\.ndjson$/, /report\.html$/, /rollout-events\/beta\.json$/, /^rendered\/README\.md$/]) {
      expect(paths).toContainEqual(expect.stringMatching(file));
    }
    const blobs = await registry.blobs();
    expect(blobs.filter(([, bytes]) => Buffer.from(bytes).includes("kind: Deployment")).length).toBeGreaterThan(
      names.length,
    );
    const output = Buffer.from([...printed, receiver.output.stdout, receiver.output.stderr].join("\n"));
    expect(leaksIn([...written, ...blobs, ["output", output]], traces)).toEqual([]);
    // The same eyes see them where they are.
    const seen = leaksIn(await filesBut(project.directory, []), traces).map((leak) => leak.replace(/^.*: /, ""));
    expect(new Set(seen)).toEqual(new Set([...traces.keys(), "/PRIVATE KEY/"]));
  });
});
