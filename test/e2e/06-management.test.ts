import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labels } from "#contract";
import { edgectl } from "../support/edgectl.ts";
import { leaksOf, tracesOf } from "../support/secret-traces.ts";
import { waitFor } from "../support/wait-for.ts";
import { items, kubectlOk, moduleSelector, readyPod } from "./cluster.ts";
import { type Manifest, modulesOf, readManifest, writeManifest } from "./deployment-manifest.ts";
import { type Answer, type Call, manage } from "./management.ts";
import { tracesOfSecrets } from "./secrets.ts";

const namespace = "edge-b";
const canary = `canary-${randomUUID()}`;
const token = `eyJhbGciOiJSUzI1NiJ9.${Buffer.from(canary).toString("base64url")}.c2lnbmF0dXJl`;
/** Ends with 3, and is not started again. */
const failing = `console.log("Authorization: Bearer ${token}"); console.log("ran"); process.exitCode = 3;`;
/** Fails at its first run, and not at the second. */
const fickle = `const fs = require("node:fs"); const again = fs.existsSync("/tmp/ran"); fs.writeFileSync("/tmp/ran", "");
console.log(again ? "second run" : "first run"); process.exitCode = again ? 0 : 1;`;

const steady = `setInterval(() => {}, 1000); process.on("SIGTERM", () => process.exit(0));`;

let original: Manifest;

beforeAll(async () => {
  original = await readManifest(namespace);
  const next = structuredClone(original);
  const { sensor } = modulesOf(next);
  const script = (text: string) => ({ ...sensor.settings, createOptions: { Entrypoint: ["/bin/node", "-e", text] } });
  const env = { PASSWORD: { value: canary } };
  modulesOf(next).once = { ...sensor, restartPolicy: "never", settings: script(failing), env };
  modulesOf(next).fickle = { ...sensor, restartPolicy: "on-failure", settings: script(fickle) };
  modulesOf(next).steady = { ...sensor, restartPolicy: "on-failure", settings: script(steady) };
  await writeManifest(namespace, next);
});

afterAll(async () => {
  await writeManifest(namespace, original);
  const ended = `${labels.module} in (once, fickle, steady)`;
  await waitFor("the end of the Jobs' pods", async () =>
    (await items("pods", ["-n", namespace, "-l", ended])).length === 0 ? true : undefined,
  );
});

const textOf = ({ body }: Answer) => body.toString("utf8");

async function only(call: Call, where = namespace): Promise<Answer> {
  const [answer] = await manage(where, [call]);
  return answer as Answer;
}

describe("what EdgeAgent may ask of iotedged where the installation lets it", () => {
  it("01 is a module's log", async () => {
    const log = await waitFor("a line of the sensor", async () => {
      const answer = await only(["GET", "/modules/sensor/logs?tail=5"]);
      return textOf(answer).includes('"event":"sent"') ? answer : undefined;
    });
    expect(log.status).toBe(200);
  });

  it("02 is another start of a module", async () => {
    const old = await readyPod(namespace, moduleSelector("consumer"));
    expect((await only(["POST", "/modules/consumer/restart"])).status).toBe(204);
    await waitFor("another pod", async () => {
      const now = await readyPod(namespace, moduleSelector("consumer"));
      return now.metadata.uid === old.metadata.uid ? undefined : true;
    });
  });

  it("03 is none of it where it does not", async () => {
    const answers = await manage("edge-a", [
      ["GET", "/modules/sensor/logs"],
      ["POST", "/modules/sensor/restart"],
      ["GET", "/systeminfo/supportbundle"],
    ]);
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
  });
});

describe("a module that runs as a Job", () => {
  interface Details {
    readonly name: string;
    readonly status: { readonly runtimeStatus: object; readonly exitStatus?: { readonly statusCode: string } };
  }

  const statesOf = (modules: readonly Details[]) =>
    Object.fromEntries(
      modules.map(({ name, status }) => [name, [status.runtimeStatus, status.exitStatus?.statusCode]]),
    );

  it("04 is listed with its state and its exit code", async () => {
    const expected = {
      once: [{ status: "failed", description: "Error" }, "3"],
      fickle: [{ status: "stopped", description: "Completed" }, "0"],
      steady: [{ status: "running" }, undefined],
    };
    await waitFor("the ends of the Jobs", async () => {
      const { modules } = JSON.parse(textOf(await only(["GET", "/modules"])));
      expect(statesOf(modules)).toMatchObject(expected);
      return true;
    });
    const one = await manage(
      namespace,
      Object.keys(expected).map((name) => ["GET", `/modules/${name}`] as const),
    );
    expect(statesOf(one.map((answer) => JSON.parse(textOf(answer))))).toEqual(expected);
  });

  it("05 has a log, and is started, stopped and restarted as far as the manifest agrees", async () => {
    // A pod ends after the module: its proxy is a sidecar.
    await waitFor("the ends of the pods", async () => {
      const starts = ["once", "fickle"].map((name): Call => ["POST", `/modules/${name}/start`]);
      return (await manage(namespace, starts)).every(({ status }) => status === 409) || undefined;
    });
    const wanted: readonly (readonly [Call, number, string])[] = [
      [["GET", "/modules/once/logs"], 200, "ran"],
      [["GET", "/modules/fickle/logs"], 200, "second run"],
      [["POST", "/modules/once/stop"], 204, ""],
      [["POST", "/modules/once/start"], 409, "come to its end"],
      [["POST", "/modules/once/restart"], 409, "not started again"],
      [["POST", "/modules/fickle/start"], 409, "come to its end"],
      [["POST", "/modules/steady/start"], 204, ""],
      [["POST", "/modules/steady/stop"], 409, "follow the deployment manifest"],
      [["POST", "/modules/steady/restart"], 409, "not started again"],
    ];
    const answers = await manage(
      namespace,
      wanted.map(([call]) => call),
    );
    for (const [index, [call, status, text]] of wanted.entries()) {
      expect([call, answers[index]?.status]).toEqual([call, status]);
      expect(textOf(answers[index] as Answer)).toContain(text);
    }
  });
});

describe("a support bundle", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "edge-bundle-"));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const redactedRun = / Authorization: Bearer \[redacted\]\n.* ran\n/;

  const textsOf = (archive: Uint8Array) =>
    Object.entries(unzipSync(archive)).map(([name, bytes]) => [name, strFromU8(bytes)] as const);

  /** The texts of all files whose names match, one after the other. */
  function joined(texts: ReturnType<typeof textsOf>, pattern: RegExp): string {
    return texts.flatMap(([name, text]) => (pattern.test(name) ? [text] : [])).join("\n");
  }

  /** Logs of pods that just go may be missing, objects may not. */
  function missingObjects(texts: ReturnType<typeof textsOf>): string[] {
    const { missing } = JSON.parse(joined(texts, /^bundle\.json$/));
    return missing.map(({ what }: { what: string }) => what).filter((what: string) => what.startsWith("objects/"));
  }

  async function traces() {
    const found = await tracesOfSecrets(namespace);
    expect([...found.keys()]).toEqual(
      expect.arrayContaining(["iotedged-identity/identity.key", "iotedged-workload-ca/tls.key"]),
    );
    return new Map([...found, ["the module's password", tracesOf(Buffer.from(canary))]]);
  }

  it("06 of iotedged has logs and objects, and nothing that is secret", async () => {
    const { status, body } = await only(["GET", "/systeminfo/supportbundle"]);
    expect(status).toBe(200);
    const texts = textsOf(body);
    expect(missingObjects(texts)).toEqual([]);
    expect(joined(texts, /^logs\/once-[^/]+\/once\.log$/)).toMatch(redactedRun);
    expect(leaksOf(body, await traces())).toEqual([]);
  });

  it("07 of edgectl has logs, Events, objects and metrics, and nothing that is secret", async () => {
    const out = join(directory, "bundle.zip");
    const made = await edgectl(["support-bundle", "-n", namespace, "--metrics", "--out", out, "--json"]);
    expect(made.code, made.stderr).toBe(0);
    const archive = await readFile(out);
    const texts = textsOf(archive);
    expect(missingObjects(texts)).toEqual([]);
    const found = (pattern: RegExp) => joined(texts, pattern);
    expect(found(/^logs\/once-[^/]+\/once\.log$/)).toMatch(redactedRun);
    expect(found(/^logs\/iotedged-[^/]+\/iotedged\.log$/)).toContain('"level"');
    expect(found(/^logs\/sensor-[^/]+\/sensor\.log$/)).toContain('"event":"sent"');
    expect(found(/^objects\/events-/)).toContain('"Event');
    expect(found(/^objects\/jobs-/)).toContain('"PASSWORD"');
    expect(found(/^metrics\/iotedged-[^/]+\/iotedged\.prom$/)).toContain("iotedge_leader ");
    expect(found(/^metrics\/edgeagent-[^/]+\/edgeagent\.prom$/)).toContain("iotedge_modules{");
    expect(found(/^metrics\/sensor-[^/]+\/[^/]*proxy[^/]*\.prom$/)).toContain("haproxy_frontend_http_responses_total{");
    expect(leaksOf(archive, await traces())).toEqual([]);
  });
});

/** Name of the pod that holds Lease `iotedged`; empty when none does. */
async function watcher(where: string): Promise<string> {
  const lease = (await items("leases", ["-n", where])).find(({ metadata }) => metadata.name === "iotedged");
  return (lease?.spec.holderIdentity ?? "").split("_")[0];
}

describe("two replicas of iotedged", () => {
  it.each(["edge-a", "edge-b"])("08 serve in %s, and one of them watches over EdgeAgent", async (where) => {
    const pods = await items("pods", ["-n", where, "-l", "app.kubernetes.io/name=iotedged"]);
    expect(pods).toHaveLength(2);
    expect(pods.map(({ metadata }) => metadata.name)).toContain(await watcher(where));
  });

  it("09 hand the watch over when the one that has it is deleted", async () => {
    const first = await watcher("edge-a");
    await kubectlOk(["delete", "pod", first, "-n", "edge-a", "--wait=false"]);
    await waitFor("another watcher", async () => {
      const now = await watcher("edge-a");
      return now !== "" && now !== first ? true : undefined;
    });
  });
});
