import { execFileSync } from "node:child_process";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { makeArtifact } from "./artifact.ts";
import { readTarget } from "./push-artifact.ts";

const files = [
  { name: "b.yaml", content: "b: 1\n" },
  { name: "kustomization.yaml", content: "resources: [b.yaml]\n" },
];
const origin = { source: "https://example.com/fleet.git", revision: "main@sha1:1234" };

describe("the artifact", () => {
  it("has the same digest wherever it is made, which a change of it would break for everyone", async () => {
    const { manifest } = await makeArtifact(files, origin);
    expect((await makeArtifact(files.toReversed(), origin)).manifest.digest).toBe(manifest.digest);
    expect(manifest.digest).toMatchInlineSnapshot(
      `"sha256:a3204c1faab52a76f00f22ac1c160e1014fa91f4f64abbc28412d90a56cf88d6"`,
    );
  });

  it("has Flux's media types, and says where it comes from", async () => {
    const { manifest } = await makeArtifact(files, origin);
    expect(JSON.parse(Buffer.from(manifest.bytes).toString())).toMatchObject({
      config: { mediaType: "application/vnd.cncf.flux.config.v1+json" },
      layers: [{ mediaType: "application/vnd.cncf.flux.content.v1.tar+gzip" }],
      annotations: {
        "org.opencontainers.image.source": origin.source,
        "org.opencontainers.image.revision": origin.revision,
      },
    });
  });

  it("is none where it could not be read again", async () => {
    const large = [{ name: "a.yaml", content: "x".repeat(4 << 20) }];
    await expect(makeArtifact(large, {})).rejects.toMatchObject({ code: "EDGE_GITOPS_TOO_LARGE" });
  });

  it("holds the files", async () => {
    const { layer } = await makeArtifact(files, {});
    const listing = execFileSync("tar", ["-tf", "-"], { input: gunzipSync(layer.bytes) }).toString();
    expect(listing).toBe("b.yaml\nkustomization.yaml\n");
  });
});

describe("where to push it", () => {
  it("is a repository and a tag", () => {
    expect(readTarget("oci://127.0.0.1:5000/fleet/a:stable")).toBe("127.0.0.1:5000/fleet/a:stable");
  });

  it.each([
    "registry.example.com/a:b",
    "oci://registry.example.com/a",
    `oci://registry.example.com/a:b@sha256:${"0".repeat(64)}`,
  ])("is not %s", (text) => {
    expect(() => readTarget(text)).toThrow(expect.objectContaining({ code: "EDGE_GITOPS_PUSH_TARGET" }));
  });
});
