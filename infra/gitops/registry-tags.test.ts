import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { hasRegistryTools } from "../../test/support/registry.ts";
import { openRegistryTags } from "./registry-tags.ts";

describe.skipIf(!(await hasRegistryTools()))("a registry", () => {
  it("is asked once what it has, and for nothing that it says to be larger than what is read", async () => {
    const digest = `sha256:${"ab".repeat(32)}`;
    const blob = (mediaType: string, size: number) => ({ mediaType, digest, size });
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: blob("application/vnd.cncf.flux.config.v1+json", 2),
      layers: [blob("application/vnd.cncf.flux.content.v1.tar+gzip", 400_000_000)],
    });
    const asked: string[] = [];
    const server = createServer(({ url: path = "" }, response) => {
      asked.push(path);
      const isManifest = path.includes("/manifests/");
      const type = isManifest ? { "content-type": "application/vnd.oci.image.manifest.v1+json" } : {};
      response.writeHead(isManifest || path === "/v2/" ? 200 : 404, type).end(isManifest ? manifest : "");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const { signal } = new AbortController();
      const repository = { name: `127.0.0.1:${port}/fleet/a`, insecure: true };
      const tags = openRegistryTags();
      const found = await tags.read(repository, "stable", signal);
      if (found === undefined) throw new Error("the tag is not there");
      await expect(tags.pull(repository, found, signal)).rejects.toMatchObject({
        code: "EDGE_GITOPS_ARTIFACT",
        message: expect.stringContaining("and is not fetched"),
      });
      expect(asked.filter((path) => path !== "/v2/")).toEqual(["/v2/fleet/a/manifests/stable"]);
    } finally {
      server.close();
    }
  });
});
