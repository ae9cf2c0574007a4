import { lstat, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isJsonObject, type JsonObject, parseJson } from "#base";
import { newProjectErrors } from "./errors.ts";

export interface WrittenFile {
  /** Relative to the project. */
  readonly file: string;
  readonly state: "created" | "changed" | "unchanged";
}

/**
 * Writes files into a directory, and package.json beside them. Nothing that is there is replaced: package.json gets what it
 * lacks, files of the same content count as written, and on any other nothing is written at all.
 *
 * @param specifier of pulumi-iotedge, for a package.json that does not name it
 * @throws EDGE_INIT_EXISTS, EDGE_INIT_PACKAGE, EDGE_INIT_UNWRITABLE
 */
export async function writeProject(
  directory: string,
  files: ReadonlyMap<string, string>,
  specifier: string,
): Promise<readonly WrittenFile[]> {
  const wanted = new Map([...files, ["package.json", await packageText(directory, specifier)]]);
  const found = new Map<string, string | undefined>();
  for (const file of wanted.keys()) found.set(file, await textOf(join(directory, file)));
  const taken = [...files].filter(([file, text]) => (found.get(file) ?? text) !== text).map(([file]) => file);
  if (taken.length > 0) throw newProjectErrors.EDGE_INIT_EXISTS({ directory, files: taken.join(", ") });
  const written: WrittenFile[] = [];
  for (const [file, text] of wanted) {
    const before = found.get(file);
    const path = join(directory, file);
    if (before !== text) await write(path, text, before === undefined ? "wx" : "w");
    written.push({ file, state: before === undefined ? "created" : before === text ? "unchanged" : "changed" });
  }
  return written;
}

async function packageText(directory: string, specifier: string): Promise<string> {
  const file = join(directory, "package.json");
  const text = await textOf(file);
  const present = text === undefined ? { private: true } : parseJson(text);
  const unusable = (problem: string) => newProjectErrors.EDGE_INIT_PACKAGE({ file, problem });
  if (present === undefined) throw unusable("it is not JSON");
  if (!isJsonObject(present)) throw unusable("it is no JSON object");
  if (present.type !== undefined && present.type !== "module") throw unusable('its "type" is not "module"');
  const dependencies = isJsonObject(present.dependencies) ? present.dependencies : {};
  const lacks = dependencies["pulumi-iotedge"] === undefined;
  if (!lacks && present.type === "module") return text ?? "";
  const complete: JsonObject = {
    ...present,
    type: "module",
    dependencies: { ...dependencies, ...(lacks && { "pulumi-iotedge": specifier }) },
  };
  return `${JSON.stringify(complete, undefined, 2)}\n`;
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw unwritable(path, error);
    // A link that leads nowhere is there: what is written to it would go where it points.
    return lstat(path).then(
      () => "",
      () => undefined,
    );
  });
}

/** @param flag `wx`: what somebody has put there meanwhile stays, and no link is followed */
async function write(path: string, text: string, flag: "w" | "wx"): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag });
  } catch (error) {
    throw unwritable(path, error as NodeJS.ErrnoException);
  }
}

const problems: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "a file stands where its directory has to be",
  EISDIR: "a directory stands in its place",
  ENOSPC: "the disk is full",
  ENOTDIR: "a file stands where its directory has to be",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
};

function unwritable(file: string, cause: NodeJS.ErrnoException): Error {
  const { code = cause.message } = cause;
  return newProjectErrors.EDGE_INIT_UNWRITABLE({ file, problem: problems[code] ?? code }, { cause });
}
