import { readdir, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { changedDigitsIn } from "./changed-digits.ts";
import { renderErrors } from "./errors.ts";
import { isMap, type PropertyMap, type Value } from "./values.ts";

/** A Pulumi project and one of its stacks, as the files in the project's directory declare them. */
export interface StackProject {
  readonly name: string;
  readonly stack: string;
  readonly directory: string;
  /** Absolute path of the program's module. */
  readonly program: string;
  /** Configuration by `namespace:key`, every value as the text that the Pulumi SDK expects. */
  readonly config: ReadonlyMap<string, string>;
  /** Whether the stack has an encrypted kubeconfig. Rendering needs no cluster, so it is left out of the configuration. */
  readonly hasEncryptedKubeconfig: boolean;
}

/** Keys are `namespace:key`, or `key` for one of the project. Replaces what the files say. */
export type ConfigOverrides = Readonly<Record<string, Value>>;

interface ProjectFile {
  readonly name: string;
  readonly main: string;
  readonly stackDirectory: string;
  readonly config: PropertyMap;
}

const maxFileBytes = 1024 * 1024;
/** Enough for a thousand installations that share settings, too few to fill the memory. */
const maxAliasCount = 10_000;
const stackName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;
const stackFile = /^Pulumi\.(.+)\.yaml$/;

/**
 * Reads Pulumi.yaml and the stack's configuration.
 *
 * @throws EDGE_RENDER_NO_PROJECT, EDGE_RENDER_STACK_MISSING and others of `renderErrors`
 */
export async function loadProject(
  directory: string,
  stack: string,
  overrides: ConfigOverrides = {},
): Promise<StackProject> {
  const project = await readProjectFile(resolve(directory));
  const written = await readStackConfig(project.stackDirectory, stack);
  const config = withoutPasswords(withoutKubeconfig(written.config));
  refuseCiphertext(config, written.file);
  const merged: Record<string, Value> = {};
  for (const [key, entry] of Object.entries(project.config)) {
    const fallback = defaultOf(entry);
    if (fallback !== undefined) merged[qualify(project.name, key)] = fallback;
  }
  for (const [key, value] of [...Object.entries(config), ...Object.entries(overrides)]) {
    merged[qualify(project.name, key)] = value;
  }
  return {
    name: project.name,
    stack,
    directory: resolve(directory),
    program: resolve(directory, project.main),
    config: new Map(Object.entries(merged).map(([key, value]) => [key, configText(value)])),
    hasEncryptedKubeconfig: withoutKubeconfig(written.config) !== written.config,
  };
}

/**
 * For who makes a path of a stack's name without reading its configuration.
 *
 * @param directory of the stacks' files, for the message
 * @throws EDGE_RENDER_STACK_NAME
 */
export function requireStackName(stack: string, directory: string): void {
  if (!stackName.test(stack)) throw renderErrors.EDGE_RENDER_STACK_NAME({ stack, directory });
}

/** Where the project has the files of its stacks. */
export async function stackDirectoryOf(directory: string): Promise<string> {
  return (await readProjectFile(resolve(directory))).stackDirectory;
}

/** Names of the stacks that the project's directory declares, in alphabetical order. */
export async function listStacks(directory: string): Promise<readonly string[]> {
  return stacksIn(await stackDirectoryOf(directory));
}

/**
 * The file of a stack.
 *
 * @throws EDGE_RENDER_NO_PROJECT, EDGE_RENDER_STACK_NAME, EDGE_RENDER_STACK_MISSING
 */
export async function stackFileOf(projectDirectory: string, stack: string): Promise<string> {
  return stackFileIn(await stackDirectoryOf(projectDirectory), stack);
}

async function stackFileIn(directory: string, stack: string): Promise<string> {
  requireStackName(stack, directory);
  const stacks = await stacksIn(directory);
  if (!stacks.includes(stack))
    throw renderErrors.EDGE_RENDER_STACK_MISSING({ stack, directory, stacks: stacks.join(", ") || "(none yet)" });
  return join(directory, `Pulumi.${stack}.yaml`);
}

async function readProjectFile(directory: string): Promise<ProjectFile> {
  const invalid = (problem: string) => renderErrors.EDGE_RENDER_NO_PROJECT({ directory, problem });
  const text = await readText(join(directory, "Pulumi.yaml"), invalid);
  const content = await parseYaml(text, invalid);
  if (!isMap(content)) throw invalid("Pulumi.yaml is not a map");
  const { name, main, stackConfigDir, config } = content;
  if (typeof name !== "string" || name === "") throw invalid("Pulumi.yaml has no `name`");
  const runtime = isMap(content.runtime ?? null) ? (content.runtime as PropertyMap).name : content.runtime;
  if (typeof runtime !== "string") throw invalid("Pulumi.yaml has no `runtime`");
  if (runtime !== "nodejs") throw renderErrors.EDGE_RENDER_RUNTIME({ directory, runtime });
  if (config !== undefined && config !== null && !isMap(config)) throw invalid("`config` in Pulumi.yaml is not a map");
  return {
    name,
    main: typeof main === "string" ? main : "index.ts",
    stackDirectory: resolve(directory, typeof stackConfigDir === "string" ? stackConfigDir : "."),
    config: isMap(config) ? config : {},
  };
}

interface StackFile {
  readonly file: string;
  readonly config: PropertyMap;
}

async function readStackConfig(directory: string, stack: string): Promise<StackFile> {
  const file = await stackFileIn(directory, stack);
  const invalid = (problem: string) => renderErrors.EDGE_RENDER_STACK_INVALID({ file, problem });
  const content = await parseYaml(await readText(file, invalid), invalid);
  if (content === null) return { file, config: {} };
  if (!isMap(content)) throw invalid("it is not a map");
  if (content.environment !== undefined) throw renderErrors.EDGE_RENDER_ENVIRONMENT({ file });
  const config = content.config ?? {};
  if (!isMap(config)) throw invalid("`config` is not a map");
  return { file, config };
}

/** The same configuration where its kubeconfig is not encrypted. */
function withoutKubeconfig(config: PropertyMap): PropertyMap {
  const key = "iotedge:kubernetes";
  const cluster = config[key] ?? null;
  if (!isMap(cluster) || !isCiphertext(cluster.kubeconfig ?? null)) return config;
  const { kubeconfig: _, ...rest } = cluster;
  return { ...config, [key]: rest };
}

/** The same configuration without encrypted passwords of registries: who deploys without Pulumi has them elsewhere. */
function withoutPasswords(config: PropertyMap): PropertyMap {
  const key = "iotedge:registries";
  const registries = config[key] ?? null;
  if (!Array.isArray(registries)) return config;
  const open = registries.map((registry: Value): Value => {
    if (!isMap(registry) || !isCiphertext(registry.password ?? null)) return registry;
    const { password: _, ...rest } = registry;
    return rest;
  });
  return { ...config, [key]: open };
}

function refuseCiphertext(config: PropertyMap, file: string): void {
  const encrypted = Object.entries(config).flatMap(([key, value]) => ciphertextPaths(value, key));
  if (encrypted.length > 0) {
    throw renderErrors.EDGE_RENDER_ENCRYPTED_CONFIG({ file, keys: encrypted.join(", ") });
  }
}

async function stacksIn(directory: string): Promise<readonly string[]> {
  const files: readonly string[] = await readdir(directory).catch(() => []);
  return files
    .map((file) => stackFile.exec(file)?.[1])
    .filter((name): name is string => name !== undefined)
    .sort();
}

async function readText(file: string, invalid: (problem: string) => Error): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw invalid(error.code === "ENOENT" ? `there is no ${file}` : `${file} cannot be read (${error.code})`);
  });
  if (text.length > maxFileBytes) throw invalid(`${file} is larger than 1 MiB`);
  return text;
}

async function parseYaml(text: string, invalid: (problem: string) => Error): Promise<Value> {
  const yaml = await import("yaml");
  const { isScalar, LineCounter, parseDocument, YAMLParseError } = yaml;
  // Of `1` and `"1"`, which are two keys of YAML, one alone would be left.
  const uniqueKeys = (one: unknown, other: unknown) =>
    one === other || (isScalar(one) && isScalar(other) && String(one.value) === String(other.value));
  const lineCounter = new LineCounter();
  let changed: number | undefined;
  let value: Value;
  try {
    const document = parseDocument(text, { uniqueKeys, lineCounter });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    value = document.toJS({ maxAliasCount }) as Value;
    changed = changedDigitsIn(document, yaml);
  } catch (error) {
    if (error instanceof YAMLParseError && error.code === "DUPLICATE_KEY") {
      const [at] = error.linePos ?? [];
      throw invalid(`the key at line ${at?.line}, column ${at?.col} stands in its map already`);
    }
    throw invalid((error as Error).message.split("\n")[0] ?? "it is not YAML");
  }
  if (changed === undefined) return value;
  const { line, col } = lineCounter.linePos(changed);
  throw invalid(
    `the number at line ${line}, column ${col} would reach the manifest with other digits; write it in quotes`,
  );
}

/** `default` of a typed entry, `value` of a plain one, or the entry itself where it is a bare scalar. */
function defaultOf(entry: Value): Value | undefined {
  if (!isMap(entry)) return entry ?? undefined;
  return entry.value ?? entry.default;
}

function qualify(project: string, key: string): string {
  return key.includes(":") ? key : `${project}:${key}`;
}

function configText(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function ciphertextPaths(value: Value, path: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => ciphertextPaths(item, `${path}[${index}]`));
  if (isCiphertext(value)) return [path];
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => ciphertextPaths(item, `${path}.${key}`));
}

function isCiphertext(value: Value): boolean {
  return isMap(value) && Object.keys(value).length === 1 && typeof value.secure === "string";
}

/** Directory for what this project keeps on this machine: keys, images, the local cluster. */
export function stateDirectoryOf(projectDirectory: string): string {
  return join(projectDirectory, ".edge", "state");
}

/** Directory of the nearest Pulumi.yaml at or above `start`, or undefined. */
export async function findProjectDirectory(start: string): Promise<string | undefined> {
  for (let directory = resolve(start); ; directory = dirname(directory)) {
    const files: readonly string[] = await readdir(directory).catch(() => []);
    if (files.includes("Pulumi.yaml")) return directory;
    if (dirname(directory) === directory) return undefined;
  }
}
