import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { shippedNpm } from "./shipped-packages.ts";
import { licenceExpression, type ShippedPackage, spdxDocument } from "./spdx.ts";

const subject = { image: "proxy", architecture: "amd64", digest: `sha256:${"a".repeat(64)}`, version: "1.2.3" };
const libc: ShippedPackage = {
  type: "deb",
  name: "libc6",
  version: "2.36-9+deb12u14",
  architecture: "amd64",
  text: "LGPL",
};
const undici: ShippedPackage = {
  type: "npm",
  name: "@scope/undici",
  version: "8.0.0",
  licence: "MIT",
  text: "MIT text",
};

it("is the same document in whatever order packages are found", () => {
  const document = spdxDocument(subject, [libc, undici]);
  expect(spdxDocument(subject, [undici, libc])).toEqual(document);
  expect(document).toMatchObject({
    spdxVersion: "SPDX-2.3",
    documentNamespace: `urn:pulumi-iotedge:sbom:proxy:amd64:${subject.digest}`,
    creationInfo: { created: "1970-01-01T00:00:00Z" },
  });
});

it("names each package as scanners look it up, with its licence in full", () => {
  const { packages, hasExtractedLicensingInfos: texts } = spdxDocument(subject, [libc, undici]) as {
    packages: { name: string; licenseDeclared: string; externalRefs?: { referenceLocator: string }[] }[];
    hasExtractedLicensingInfos: { licenseId: string; extractedText: string }[];
  };
  expect(packages.map((one) => one.externalRefs?.[0]?.referenceLocator)).toEqual([
    undefined,
    "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64&distro=bookworm",
    "pkg:npm/%40scope/undici@8.0.0",
  ]);
  expect(packages[1]?.licenseDeclared).toBe(texts[0]?.licenseId);
  expect(packages[2]?.licenseDeclared).toBe("MIT");
  expect(texts.map(({ extractedText }) => extractedText)).toEqual(["LGPL", "MIT text"]);
});

it("has licences of the whole as one expression, this project's first", () => {
  const either: ShippedPackage = { type: "npm", name: "x", version: "1", licence: "MIT OR Apache-2.0" };
  expect(licenceExpression([undici, either])).toBe("MIT AND (MIT OR Apache-2.0)");
});

it("gives no two packages one identifier, and none that SPDX does not know", () => {
  const packages = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1 }), fc.string({ minLength: 1 })), {
    selector: ([name, version]) => `${name} ${version}`,
    maxLength: 20,
  });
  fc.assert(
    fc.property(packages, (all) => {
      const shipped = all.map(([name, version]): ShippedPackage => ({ type: "npm", name, version, licence: "MIT" }));
      const { packages: entries } = spdxDocument(subject, shipped) as { packages: { SPDXID: string }[] };
      const ids = entries.map(({ SPDXID }) => SPDXID);
      return new Set(ids).size === ids.length && ids.every((id) => /^SPDXRef-[A-Za-z0-9.-]+$/.test(id));
    }),
  );
});

it("refuses an npm package without any licence, and takes the text where package.json says nothing usable", async () => {
  const directory = mkdtempSync(join(tmpdir(), "licence-"));
  try {
    const make = (name: string, manifest: object, licence?: string) => {
      mkdirSync(join(directory, name));
      writeFileSync(join(directory, name, "package.json"), JSON.stringify({ name, version: "1.0.0", ...manifest }));
      if (licence !== undefined) writeFileSync(join(directory, name, "LICENSE.md"), licence);
      return join(directory, name);
    };
    expect(await shippedNpm([make("a", { license: "(MIT OR CC0-1.0)" })])).toMatchObject([
      { licence: "MIT OR CC0-1.0" },
    ]);
    const [text] = await shippedNpm([make("b", { license: "SEE LICENSE IN LICENSE.md" }, "do as you like")]);
    expect(text).toEqual({ type: "npm", name: "b", version: "1.0.0", text: "do as you like" });
    await expect(shippedNpm([make("c", {})])).rejects.toMatchObject({ code: "EDGE_IMAGES_LICENCE_MISSING" });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
