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
 * @param version of pulumi-iotedge, for a package.json that does not name it
 * @throws EDGE_INIT_EXISTS, EDGE_INIT_PACKAGE
 */
export async function writeProject(
  directory: string,
  files: ReadonlyMap<string, string>,
  version: string,
): Promise<readonly WrittenFile[]> {
  const wanted = new Map([...files, ["package.json", await packageText(directory, version)]]);
  const found = new Map<string, string | undefined>();
  for (const file of wanted.keys()) found.set(file, await textOf(join(directory, file)));
  const taken = [...files].filter(([file, text]) => (found.get(file) ?? text) !== text).map(([file]) => file);
  if (taken.length > 0) throw newProjectErrors.EDGE_INIT_EXISTS({ directory, files: taken.join(", ") });
  const written: WrittenFile[] = [];
  for (const [file, text] of wanted) {
    const before = found.get(file);
    const path = join(directory, file);
    await mkdir(dirname(path), { recursive: true });
    // What somebody has put there meanwhile stays, and no link is followed.
    if (before !== text) await writeFile(path, text, { flag: before === undefined ? "wx" : "w" });
    written.push({ file, state: before === undefined ? "created" : before === text ? "unchanged" : "changed" });
  }
  return written;
}

async function packageText(directory: string, version: string): Promise<string> {
  const file = join(directory, "package.json");
  const text = await textOf(file);
  const present = text === undefined ? { private: true } : parseJson(text);
  const unusable = (problem: string) => newProjectErrors.EDGE_INIT_PACKAGE({ file, problem });
  if (!isJsonObject(present)) throw unusable("it is no JSON object");
  if (present.type !== undefined && present.type !== "module") throw unusable('its "type" is not "module"');
  const dependencies = isJsonObject(present.dependencies) ? present.dependencies : {};
  const lacks = dependencies["pulumi-iotedge"] === undefined;
  if (!lacks && present.type === "module") return text ?? "";
  const complete: JsonObject = {
    ...present,
    type: "module",
    dependencies: { ...dependencies, ...(lacks && { "pulumi-iotedge": version }) },
  };
  return `${JSON.stringify(complete, undefined, 2)}\n`;
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
    // A link that leads nowhere is there: what is written to it would go where it points.
    return lstat(path).then(
      () => "",
      () => undefined,
    );
  });
}
