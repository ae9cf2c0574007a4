import { readFileSync } from "node:fs";

/** How the hub reaches IoT Hub, and where it keeps messages until that has them. */
export interface UpstreamSettings {
  /** An existing folder, best on a volume. */
  readonly storageFolder: string;
  /** Limit of all messages that wait, in bytes; the oldest go first. */
  readonly maxBytes: number;
  /** How long a message may wait, in milliseconds. */
  readonly maxAge: number;
  /** PEM of CAs beside those that Node.js knows. */
  readonly ca: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

const mebibyte = 1024 * 1024;
const defaultBytes = 64 * mebibyte;
/** A message of the largest size has to fit, and those that are on their way. */
const leastBytes = 8 * mebibyte;
const mostBytes = 16 * 1024 * mebibyte;
/** As `timeToLiveSecs` of edgeHub. */
const defaultSeconds = 7200;
const mostSeconds = 90 * 24 * 60 * 60;

/**
 * Reads the variables of the upstream.
 *
 * @param readFile yields a file's text
 * @returns undefined where there is none, which is the default
 * @throws Error that names the variable
 */
export function readUpstream(
  environment: Environment,
  readFile: (path: string) => string = (path) => readFileSync(path, "utf8"),
): UpstreamSettings | undefined {
  const { UPSTREAM: upstream = "", StorageFolder: storageFolder = "", UPSTREAM_CA_FILE: caFile } = environment;
  if (upstream === "") return undefined;
  if (upstream !== "iothub") throw new Error(`UPSTREAM is "${upstream}": it can be "iothub"`);
  if (storageFolder === "") throw new Error("UPSTREAM needs StorageFolder: a folder for messages that wait");
  return {
    storageFolder,
    maxBytes: whole(environment, "STORE_MAX_BYTES", { least: leastBytes, most: mostBytes, otherwise: defaultBytes }),
    maxAge: whole(environment, "STORE_MAX_SECONDS", { least: 1, most: mostSeconds, otherwise: defaultSeconds }) * 1000,
    ca: caFile === undefined ? undefined : readFile(caFile),
  };
}

function whole(
  environment: Environment,
  name: string,
  { least, most, otherwise }: { readonly least: number; readonly most: number; readonly otherwise: number },
): number {
  const text = environment[name];
  if (text === undefined) return otherwise;
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new Error(`${name} is "${text}": it can be ${least} to ${most}`);
  return value;
}
