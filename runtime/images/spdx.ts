import { digestOf } from "./layer.ts";

/** Something of somebody else's that an image holds. */
export interface ShippedPackage {
  /** As in a package URL. */
  readonly type: "deb" | "npm";
  readonly name: string;
  readonly version: string;
  /** `deb` alone: a package is built for an architecture. */
  readonly architecture?: string;
  /** SHA-256 in hex of what it was taken from, where it is known. */
  readonly sha256?: string;
  /** An identifier or expression of SPDX; else what its text says holds. */
  readonly licence?: string;
  /** Licences and copyrights in full. */
  readonly text?: string;
}

/** What an SBOM is about. */
export interface SbomSubject {
  readonly image: string;
  readonly architecture: string;
  /** Of the image's manifest. */
  readonly digest: string;
  readonly version: string;
}

const root = "SPDXRef-image";
/** The same whenever it is made. */
const created = "1970-01-01T00:00:00Z";

/** An SBOM in SPDX 2.3: equal input gives equal bytes. */
export function spdxDocument(subject: SbomSubject, shipped: readonly ShippedPackage[]): object {
  const { image, architecture, digest, version } = subject;
  const packages = [...shipped].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const texts = packages.filter(({ text }) => text !== undefined);
  const relationship = (from: string, relationshipType: string, to: string) => ({
    spdxElementId: from,
    relationshipType,
    relatedSpdxElement: to,
  });
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `${image} for linux/${architecture}`,
    documentNamespace: `urn:pulumi-iotedge:sbom:${image}:${architecture}:${digest}`,
    creationInfo: { created, creators: ["Tool: edgectl-images-build"] },
    packages: [
      {
        SPDXID: root,
        name: image,
        versionInfo: version,
        downloadLocation: "NOASSERTION",
        filesAnalyzed: false,
        primaryPackagePurpose: "CONTAINER",
        checksums: [{ algorithm: "SHA256", checksumValue: digest.replace("sha256:", "") }],
        licenseDeclared: licenceExpression(packages),
        licenseConcluded: "NOASSERTION",
        copyrightText: "NOASSERTION",
      },
      ...packages.map(packageEntry),
    ],
    relationships: [
      relationship("SPDXRef-DOCUMENT", "DESCRIBES", root),
      ...packages.map((one) => relationship(root, "CONTAINS", idOf(one))),
    ],
    hasExtractedLicensingInfos: texts.map((one) => ({
      licenseId: licenceReference(one),
      name: `Licences and copyrights of ${one.name}`,
      extractedText: one.text,
    })),
  };
}

/** All licences of what is shipped, this project's own among them. */
export function licenceExpression(shipped: readonly ShippedPackage[]): string {
  const licences = new Set(shipped.map(licenceOf).filter((licence) => licence !== "NOASSERTION"));
  licences.delete("MIT");
  return ["MIT", ...[...licences].sort().map((licence) => (/ OR /.test(licence) ? `(${licence})` : licence))].join(
    " AND ",
  );
}

function packageEntry(one: ShippedPackage) {
  const { type, name, version, architecture, sha256 } = one;
  const path = type === "deb" ? `debian/${name}` : name.replace("@", "%40");
  const of = architecture === undefined ? "" : `?arch=${architecture}&distro=bookworm`;
  return {
    SPDXID: idOf(one),
    name,
    versionInfo: version,
    ...(type === "deb" ? { supplier: "Organization: Debian" } : {}),
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    ...(sha256 === undefined ? {} : { checksums: [{ algorithm: "SHA256", checksumValue: sha256 }] }),
    licenseDeclared: licenceOf(one),
    licenseConcluded: "NOASSERTION",
    copyrightText: one.text === undefined ? "NOASSERTION" : `See ${licenceReference(one)}.`,
    externalRefs: [
      {
        referenceCategory: "PACKAGE-MANAGER",
        referenceType: "purl",
        referenceLocator: `pkg:${type}/${path}@${encodeURIComponent(version)}${of}`,
      },
    ],
  };
}

function licenceOf(one: ShippedPackage): string {
  if (one.licence !== undefined) return one.licence;
  return one.text === undefined ? "NOASSERTION" : licenceReference(one);
}

function licenceReference(one: ShippedPackage): string {
  return `LicenseRef-${one.type}-${identifier(one)}`;
}

function idOf(one: ShippedPackage): string {
  return `SPDXRef-${one.type}-${identifier(one)}`;
}

/** Identifiers have letters, digits, dots and dashes alone; of other names two could become the same. */
function identifier({ name, version }: ShippedPackage): string {
  const plain = `${name}-${version}`.replace(/[^A-Za-z0-9.-]+/g, "-");
  return `${plain}-${digestOf(Buffer.from(`${name} ${version}`)).slice("sha256:".length, "sha256:".length + 8)}`;
}
