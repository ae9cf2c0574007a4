import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import Type, { type Static } from "typebox";
import { Value } from "typebox/value";
import { parseJson, readBounded } from "#base";
import { DebianPackageSchema } from "./debian-packages.ts";
import { imagesErrors } from "./errors.ts";

const closed = { additionalProperties: false } as const;
const packages = Type.Array(DebianPackageSchema, { minItems: 1, maxItems: 200 });
const sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });

const PackagesLockSchema = Type.Object(
  {
    version: Type.Literal(1),
    /** Debian's packages by architecture, with those of the libraries that they need. */
    debian: Type.Object({ amd64: packages, arm64: packages }, closed),
    /** Node, with the hash of its program by architecture. */
    node: Type.Object(
      { version: Type.String({ pattern: "^\\d+\\.\\d+\\.\\d+$" }), amd64: sha256, arm64: sha256 },
      closed,
    ),
  },
  closed,
);

/** What the images consist of that this project does not make itself. */
export type PackagesLock = Static<typeof PackagesLockSchema>;

/** Of `runtime/images`; committed. */
export const packagesLockFile = join(import.meta.dirname, "packages.lock.json");

/** Packages of Debian that the images are made from: C++ of Node, and HAProxy, which has Lua and an exporter built in. */
export const debianRoots = ["libstdc++6", "haproxy"] as const;

/** What 400 packages take is a tenth of it. */
const maxBytes = 1024 * 1024;
const maxDepth = 8;

/** @throws EDGE_IMAGES_LOCK_INVALID */
export async function readPackagesLock(path = packagesLockFile): Promise<PackagesLock> {
  const text = await readBounded(path, maxBytes).catch(() => "");
  const lock = text === undefined ? undefined : parseJson(text, { maxDepth });
  if (Value.Check(PackagesLockSchema, lock)) return lock;
  const problem = text === undefined ? "it is larger than 1 MiB" : problemOf(lock);
  throw imagesErrors.EDGE_IMAGES_LOCK_INVALID({ path, problem });
}

function problemOf(lock: unknown): string {
  if (lock === undefined) return "it is no JSON, or nested deeper than a lock file is";
  const [first] = Value.Errors(PackagesLockSchema, lock);
  return first === undefined ? "it is none" : `${first.instancePath || "the whole"} ${first.message}`;
}

export async function writePackagesLock(lock: PackagesLock, path = packagesLockFile): Promise<void> {
  await writeFile(path, `${JSON.stringify(lock, null, 2)}\n`);
}
