import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { credentials } from "@grpc/grpc-js";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const require = createRequire(import.meta.url);
const rpc = require("@pulumi/pulumi/proto/analyzer_grpc_pb.js");
const messages = require("@pulumi/pulumi/proto/analyzer_pb.js");

const folder = fileURLToPath(new URL(".", import.meta.url));
const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
let pack: ChildProcess;
let client: {
  analyzeStack: (request: unknown, answer: (error: Error | null, response: Response) => void) => void;
  close(): void;
};

interface Response {
  getDiagnosticsList(): { getPolicyname(): string; getUrn(): string; getMessage(): string }[];
}

/** Starts the pack as Pulumi's language host does: it prints the port on which it answers the engine. */
beforeAll(async () => {
  pack = spawn(process.execPath, [runner, "127.0.0.1:1", `${folder}index.cjs`], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = await once(pack.stdout as NodeJS.ReadableStream, "data");
  client = new rpc.AnalyzerClient(`127.0.0.1:${String(port).trim()}`, credentials.createInsecure());
});

afterAll(() => {
  client?.close();
  pack?.kill();
});

const urn = (name: string) => `urn:pulumi:dev::p::t::${name}`;

function resource(type: string, name: string, props: Record<string, JavaScriptValue>): unknown {
  const message = new messages.AnalyzerResource();
  message.setType(type);
  message.setName(name);
  message.setUrn(urn(name));
  message.setOptions(new messages.AnalyzerResourceOptions());
  message.setProperties(Struct.fromJavaScript(props));
  return message;
}

function analyze(resources: readonly unknown[]): Promise<string[]> {
  const request = new messages.AnalyzeStackRequest();
  request.setResourcesList(resources);
  return new Promise((resolve, reject) => {
    client.analyzeStack(request, (error, response) => {
      if (error) reject(error);
      else
        resolve(
          response.getDiagnosticsList().map((one) => `${one.getPolicyname()} ${one.getUrn()} ${one.getMessage()}`),
        );
    });
  });
}

describe("the policy pack, as Pulumi runs it", () => {
  const group = "kubernetes:rbac.authorization.k8s.io/v1";
  const subjects = [{ kind: "ServiceAccount", namespace: "ns", name: "bot" }];
  const roleRef = { kind: "ClusterRole", name: "cluster-admin" };

  it("names the resource that breaks a rule", async () => {
    const found = await analyze([
      resource(`${group}:ClusterRoleBinding`, "admin", { metadata: { name: "admin" }, roleRef, subjects }),
      resource("kubernetes:core/v1:ConfigMap", "keys", {
        metadata: { name: "keys" },
        data: { k: "-----BEGIN PRIVATE KEY-----" },
      }),
    ]);
    expect(found).toHaveLength(2);
    expect(found[0]).toMatch(
      new RegExp(`^rbac-risks ${urn("admin")} .*critical everything: ServiceAccount ns/bot`, "s"),
    );
    expect(found[1]).toMatch(new RegExp(`^no-secret-in-config-map ${urn("keys")} .*data\\.k holds a private key`, "s"));
  });

  it("does not pass over what is not known before the update", async () => {
    const rules = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const found = await analyze([resource(`${group}:ClusterRole`, "r", { metadata: { name: "r" }, rules })]);
    expect(found.join()).toMatch(/^rbac-risks .*high unresolved: ClusterRole r rules/s);
  });

  it("has nothing to say about a stack without risks", async () => {
    expect(await analyze([resource("kubernetes:core/v1:Namespace", "ns", { metadata: { name: "ns" } })])).toEqual([]);
  });
});
