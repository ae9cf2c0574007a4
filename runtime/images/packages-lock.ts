import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Type, { type Static } from "typebox";
import { Value } from "typebox/value";
import { parseJson } from "#base";
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

/** @throws EDGE_IMAGES_LOCK_INVALID */
export async function readPackagesLock(path = packagesLockFile): Promise<PackagesLock> {
  const lock = parseJson(await readFile(path, "utf8").catch(() => ""));
  if (Value.Check(PackagesLockSchema, lock)) return lock;
  const [first] = Value.Errors(PackagesLockSchema, lock);
  const problem = first === undefined ? "it is no JSON" : `${first.instancePath || "the whole"} ${first.message}`;
  throw imagesErrors.EDGE_IMAGES_LOCK_INVALID({ path, problem });
}

export async function writePackagesLock(lock: PackagesLock, path = packagesLockFile): Promise<void> {
  await writeFile(path, `${JSON.stringify(lock, null, 2)}\n`);
}
