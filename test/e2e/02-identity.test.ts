import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { moduleObjectName } from "#contract";
import { waitFor } from "../support/wait-for.ts";
import { items, type KubernetesItem, kubectl, kubectlOk, moduleSelector, readyPod } from "./cluster.ts";

const audience = "iotedge:edge-a/edge-a";
const signBody = JSON.stringify({ keyId: "primary", algo: "HMACSHA256", data: "aGVsbG8=" });

/** Runs in a module's container: prints `STATUS BODY` of one call of the workload API at iotedged or at the proxy. */
const client = `
const https = require("node:https"), http = require("node:http"), fs = require("node:fs");
const [base, path, token] = process.argv.slice(1);
const secure = base.startsWith("https");
const request = (secure ? https : http).request(base + path, { method: "POST", rejectUnauthorized: false,
  headers: { "content-type": "application/json", ...(token ? { authorization: "Bearer " + token } : {}) } }, (response) => {
  let body = ""; response.on("data", (chunk) => body += chunk); response.on("end", () => console.log(response.statusCode + " " + body));
});
request.on("error", (error) => console.log("0 " + error.message));
request.end(${JSON.stringify(signBody)});
`;

let sensor: KubernetesItem;

/** Answer of iotedged in edge-a to a sign call, made from the sensor's container with the token given. */
async function call(
  moduleId: string,
  options: { token?: string; generation?: string } = {},
): Promise<{ status: number; body: string }> {
  const base = options.token === undefined ? "http://localhost:35001" : "https://iotedged:35001";
  const generation = options.generation ?? (await generationOf("edge-a", moduleObjectName(moduleId)));
  const path = `/modules/${encodeURIComponent(moduleId)}/genid/${generation}/sign?api-version=2020-07-07`;
  const command = [
    "exec",
    sensor.metadata.name,
    "-n",
    "edge-a",
    "-c",
    "sensor",
    "--",
    "/bin/node",
    "-e",
    client,
    base,
    path,
  ];
  const output = await kubectlOk(options.token === undefined ? command : [...command, options.token]);
  const [status = "0"] = output.split(" ", 1);
  return { status: Number(status), body: output.slice(status.length + 1) };
}

async function generationOf(namespace: string, serviceAccount: string): Promise<string> {
  return kubectlOk(["get", "serviceaccount", serviceAccount, "-n", namespace, "-o", "jsonpath={.metadata.uid}"]);
}

/** A token that the API server issues for a pod of the ServiceAccount. */
async function token(
  namespace: string,
  serviceAccount: string,
  tokenAudience: string | undefined,
  pod?: KubernetesItem,
): Promise<string> {
  const bound =
    pod === undefined
      ? []
      : [
          "--bound-object-kind=Pod",
          `--bound-object-name=${pod.metadata.name}`,
          `--bound-object-uid=${pod.metadata.uid}`,
        ];
  const forAudience = tokenAudience === undefined ? [] : [`--audience=${tokenAudience}`];
  return (await kubectlOk(["create", "token", serviceAccount, "-n", namespace, ...forAudience, ...bound])).trim();
}

beforeAll(async () => {
  sensor = await readyPod("edge-a", moduleSelector("sensor"));
});

describe("a module's identity is its pod's own, and nothing else counts", () => {
  it("01 signs for the module itself through its proxy", async () => {
    const answer = await call("sensor");
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body).digest).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  });

  it("02 accepts the same token that the proxy uses, straight at iotedged", async () => {
    expect((await call("sensor", { token: await token("edge-a", "sensor", audience, sensor) })).status).toBe(200);
  });

  it("03 refuses to sign as another module, and as EdgeAgent", async () => {
    expect((await call("$edgeHub")).status).toBe(403);
    expect((await call("$edgeAgent")).status).toBe(403);
  });

  it("04 refuses a generation that is not the module's", async () => {
    expect((await call("sensor", { generation: await generationOf("edge-a", "edgehub") })).status).toBe(403);
  });

  it("05 refuses another namespace's edgeagent, whatever audience its token has", async () => {
    const pod = await readyPod("edge-b", "app.kubernetes.io/name=edgeagent");
    for (const wanted of [audience, "iotedge:edge-b/edge-b"]) {
      const answer = await call("$edgeAgent", { token: await token("edge-b", "edgeagent", wanted, pod) });
      expect(answer.status).toBe(401);
    }
  });

  it("06 refuses a token of the default audience", async () => {
    expect((await call("sensor", { token: await token("edge-a", "sensor", undefined, sensor) })).status).toBe(401);
  });

  it("07 refuses a token that is bound to no pod", async () => {
    expect((await call("sensor", { token: await token("edge-a", "sensor", audience) })).status).toBe(401);
  });

  it("08 refuses the token of a deleted pod", async () => {
    const old = await readyPod("edge-a", moduleSelector("edgehub"));
    const oldToken = await token("edge-a", "edgehub", audience, old);
    expect((await call("$edgeHub", { token: oldToken })).status).toBe(200);
    await kubectlOk(["delete", "pod", old.metadata.name, "-n", "edge-a"]);
    await waitFor(
      "the refusal of a deleted pod's token",
      async () => ((await call("$edgeHub", { token: oldToken })).status === 401 ? true : undefined),
      30,
    );
  });

  it("09 does not believe an annotation that claims to be EdgeAgent", async () => {
    await kubectlOk(["create", "serviceaccount", "impostor", "-n", "edge-a"]);
    await kubectlOk([
      "annotate",
      "serviceaccount",
      "impostor",
      "-n",
      "edge-a",
      "net.azure-devices.edge.original-moduleid=$edgeAgent",
    ]);
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "impostor", namespace: "edge-a" },
      spec: { ...sensor.spec, serviceAccountName: "impostor", serviceAccount: "impostor" },
    };
    await kubectlOk(["create", "-f", "-"], JSON.stringify(pod));
    const created = (
      await items("pods", ["-n", "edge-a", "--field-selector=metadata.name=impostor"])
    )[0] as KubernetesItem;
    const answer = await call("$edgeAgent", { token: await token("edge-a", "impostor", audience, created) });
    expect(answer.status).toBe(401);
  });

  it("10 mounts no token in any module's own container", async () => {
    for (const namespace of ["edge-a", "edge-b"]) {
      for (const name of ["sensor", "edgehub", "consumer"]) {
        const pod = await readyPod(namespace, moduleSelector(name));
        const container = pod.spec.containers.find((c: { name: string }) => c.name !== "proxy");
        const mounts: string[] = (container.volumeMounts ?? []).map((m: { mountPath: string }) => m.mountPath);
        expect(mounts.filter((path) => path.startsWith("/var/run/secrets"))).toEqual([]);
        const list =
          "const fs=require('fs');console.log(['/var/run/secrets/iotedge','/var/run/secrets/kubernetes.io'].filter(fs.existsSync).join())";
        const seen = await kubectlOk([
          "exec",
          pod.metadata.name,
          "-n",
          namespace,
          "-c",
          container.name,
          "--",
          "/bin/node",
          "-e",
          list,
        ]);
        expect(seen.trim()).toBe("");
      }
    }
  });

  it("11 serves the module's API on the pod's loopback only", async () => {
    const consumer = await readyPod("edge-a", moduleSelector("consumer"));
    const knock = `fetch("http://${sensor.status.podIP}:35001/trust-bundle?api-version=2020-07-07").then(() => console.log("open"), () => console.log("closed"))`;
    const answer = await kubectlOk([
      "exec",
      consumer.metadata.name,
      "-n",
      "edge-a",
      "-c",
      "consumer",
      "--",
      "/bin/node",
      "-e",
      knock,
    ]);
    expect(answer.trim()).toBe("closed");
  });
});

afterAll(async () => {
  await kubectl(["delete", "pod,serviceaccount", "impostor", "-n", "edge-a", "--ignore-not-found", "--wait=false"]);
});
