import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tarArchive } from "#base";
import { lockArtifact, makeArtifact, writeLayout } from "./artifact.ts";
import { contentLimits, readArchive, readLayout } from "./artifact-content.ts";

const file = fc.record({ name: fc.stringMatching(/^[a-z]{1,20}\.yaml$/), content: fc.string() });

async function inLayout<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "edge-layout-"));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

describe("the content of an artifact", () => {
  it("is what was put into it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(file, { selector: ({ name }) => name, maxLength: 5 }), async (files) => {
        const found = await inLayout(async (directory) => {
          await writeLayout(directory, await makeArtifact(files, {}));
          return readLayout(directory, "r");
        });
        expect(found).toEqual(files.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
      }),
      { numRuns: 30 },
    );
  });

  it("is read from any archive, or refused with a reason, and never beyond its end", () => {
    const archive = tarArchive([{ path: "a.yaml", content: Buffer.from("a: 1\n"), mode: 0o644 }]);
    fc.assert(
      fc.property(fc.nat(archive.length - 1), fc.nat(255), fc.nat(archive.length), (place, value, length) => {
        const broken = Buffer.from(archive.subarray(0, length));
        if (place < length) broken[place] = value;
        try {
          for (const { content } of readArchive(broken)) expect(content.length).toBeLessThanOrEqual(broken.length);
        } catch (error) {
          expect((error as Error).message).toMatch(/^it(s archive is cut off| is no tar archive)$/);
        }
      }),
    );
  });

  it("is refused where it takes more memory than a folder of manifests", async () => {
    const bomb = gzipSync(Buffer.alloc(contentLimits.archiveBytes + 1));
    const artifact = await makeArtifact([{ name: "a.yaml", content: "a: 1\n" }], {});
    const layer = { ...artifact.layer, bytes: bomb };
    await inLayout(async (directory) => {
      await writeLayout(directory, { ...artifact, layer });
      await expect(readLayout(directory, "r")).rejects.toMatchObject({ code: "EDGE_GITOPS_ARTIFACT" });
    });
  });

  it("is none where there are no manifests for Flux", async () => {
    await inLayout(async (directory) => {
      await writeLayout(directory, lockArtifact({ a: "b" }));
      await expect(readLayout(directory, "r")).rejects.toMatchObject({ code: "EDGE_GITOPS_ARTIFACT" });
    });
  });
});
