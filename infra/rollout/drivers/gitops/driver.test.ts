import { describe, expect, it } from "vitest";
import {
  type Artifact,
  type FolderFile,
  filesOf,
  folderFiles,
  makeArtifact,
  type RegistryTags,
} from "../../../gitops/index.ts";
import type { KubernetesObject } from "../../../render/index.ts";
import type { FleetCluster } from "../../model/index.ts";
import { createGitopsDriver } from "./driver.ts";
import { signerOf } from "./sign-artifact.ts";

const object = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", namespace: "e" },
} as unknown as KubernetesObject;
const { signal } = new AbortController();
const owner = "stack p/s";

interface Circumstances {
  readonly sign?: readonly string[];
  readonly verify?: readonly string[];
  readonly layers?: number;
}

/** Looks for drift in a cluster whose tag leads to the artifact. */
async function drift(found: Artifact, { sign = ["sign"], verify, layers = 1 }: Circumstances = {}) {
  const pulled: string[] = [];
  const { annotations } = JSON.parse(Buffer.from(found.manifest.bytes).toString("utf8"));
  const layer = layers === 1 ? found.layer.digest : undefined;
  const tags: RegistryTags = {
    read: async () => ({ digest: found.manifest.digest, annotations: annotations ?? {}, layer, size: 0 }),
    pull: async (_, { digest }) => {
      pulled.push(digest);
      return filesOf(found);
    },
    push: async () => {},
    move: async () => {},
  };
  const driver = createGitopsDriver({
    desired: async () => [{ object: object as never, secrets: [] }],
    artifact: async (_, desired, signer) =>
      makeArtifact(
        await folderFiles(
          desired.map((one) => one.object as KubernetesObject),
          { owner },
        ),
        signer === undefined ? {} : { signer },
      ),
    kept: undefined as never,
    tags,
    events: { read: async () => [] },
    now: () => 0,
  });
  const gitops = {
    repository: "r.example.com/a",
    tag: "stable",
    ...(sign.length === 0 ? {} : { sign: { command: sign, verify, timeoutMs: 60_000 } }),
  };
  const cluster = { name: "a", stack: "s", gitops } as unknown as FleetCluster;
  const result = await driver.drift(cluster, signal);
  if (result.outcome !== "ok") throw new Error(`${result.outcome}: ${result.failure.message}`);
  return { objects: result.changes.map((change) => change.object), pulled };
}

const signer = signerOf({ command: ["sign"] });
const rendered = await folderFiles([object], { owner });
const made = (files: readonly FolderFile[] = rendered, by: string = signer) => makeArtifact(files, { signer: by });

describe("an artifact to which a tag leads", () => {
  it("is as deployed where its files and its signer are, and is not read for that", async () => {
    expect(await drift(await made())).toEqual({ objects: [], pulled: [] });
    expect((await drift(await makeArtifact(rendered, { revision: "other" }), { sign: [] })).objects).toEqual([]);
  });

  it("is another one where nothing has signed it, or another command", async () => {
    const unsigned = await makeArtifact(rendered, {});
    expect((await drift(unsigned)).objects).toEqual(["signature of the artifact"]);
    expect((await drift(await made(), { sign: ["sign", "by", "another key"] })).objects).toEqual([
      "signature of the artifact",
    ]);
    expect((await drift(unsigned, { sign: [] })).objects).toEqual([]);
  });

  it("is another one where its signature is not good, though it names the signer", async () => {
    const [copied, verify] = [await made(), (script: string) => ["sh", "-c", script, "sh"]];
    const { digest } = copied.manifest;
    const good = verify(`test "$1" = r.example.com/a@${digest}`);
    expect(await drift(copied, { verify: good })).toEqual({ objects: [], pulled: [] });
    expect((await drift(copied, { verify: verify("exit 1") })).objects).toEqual(["signature of the artifact"]);
    const changed = await made([...rendered, { name: "more", content: "" }]);
    expect((await drift(changed, { verify: verify("exit 1") })).objects).toEqual(["more"]);
  });

  it("is unknown where nothing can verify it", async () => {
    await expect(drift(await made(), { verify: ["/nowhere/cosign"] })).rejects.toThrow(
      "unreachable: it is not known whether r.example.com/a@sha256:",
    );
  });

  it("is another one where any of its files is, or Flux may take another layer", async () => {
    const hostile = rendered.map(({ name, content }) => ({
      name,
      content: name === "kustomization.yaml" ? `${content}images: []\n` : content,
    }));
    expect((await drift(await made(hostile))).objects).toEqual(["kustomization.yaml"]);
    expect((await drift(await made([...rendered, { name: "more", content: "" }]))).objects).toEqual(["more"]);
    expect((await drift(await made(), { layers: 2 })).objects).toEqual(["archive of the artifact"]);
  });
});
