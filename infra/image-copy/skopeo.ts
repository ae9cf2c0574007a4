import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { isJsonObject, parseJson } from "#base";
import { imageCopyErrors } from "./errors.ts";
import { untilReadMore } from "./read-limit.ts";

/** What copies images. */
export interface Skopeo {
  /** The manifest that a reference of skopeo's leads to now. */
  inspect(image: string, insecure: boolean): Promise<Manifest>;
  /**
   * Copies an image with all its platforms, so that its digest stays.
   *
   * @param name for messages
   * @param size that a manifest says; who sends much more than that is not read to the end, which may never come
   * @returns the digest that has arrived
   */
  copy(from: Place, to: Place, name: string, size: number): Promise<string>;
}

export interface Manifest {
  readonly digest: string;
  /** Those of the manifest that are texts. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether an OCI layout takes it as it is; else only a directory of skopeo's own does. */
  readonly isOci: boolean;
  /** None of what leads to several images. */
  readonly layers: readonly Layer[];
  /** Of the layers and the configuration together; infinite where it is not said, or it leads to several images. */
  readonly size: number;
  /** Digests of the images that it leads to. */
  readonly parts: readonly string[];
}

/** As the manifest says it. */
export interface Layer {
  readonly mediaType: string;
  readonly digest: string;
}

export interface Place {
  /** As skopeo names it: `docker://...`, `oci:...`, `dir:...`. */
  readonly image: string;
  /** Plain HTTP, or a certificate that is not verified. */
  readonly insecure?: boolean;
}

const maxOutput = 16 * 1024 * 1024;
const docker = /^application\/vnd\.docker\./;

/** @param digestFile where skopeo writes to; of this process alone */
export async function openSkopeo(digestFile: string, signal: AbortSignal): Promise<Skopeo> {
  // Which signatures an image needs, is the machine's to say. Where it says nothing, skopeo does nothing at all.
  const policy = (await hasPolicy()) ? [] : ["--insecure-policy"];
  const run = (args: readonly string[], image: string, most?: number) =>
    runTool("skopeo", [...policy, ...args], image, signal, most);
  return {
    inspect: async (image, insecure) => {
      const raw = await run(["inspect", "--raw", ...(insecure ? ["--tls-verify=false"] : []), image], image);
      const manifest = parseJson(raw.toString("utf8"));
      const parts = isJsonObject(manifest) && Array.isArray(manifest.manifests) ? manifest.manifests : [];
      const types = [manifest, ...parts].map((part) => (isJsonObject(part) ? part.mediaType : undefined));
      const isOci = !types.some((type) => typeof type === "string" && docker.test(type));
      const digest = `sha256:${createHash("sha256").update(raw).digest("hex")}`;
      const digests = parts.map((part) => String(isJsonObject(part) ? part.digest : undefined));
      return { digest, annotations: annotationsOf(manifest), isOci, ...blobsOf(manifest), parts: digests };
    },
    copy: async (from, to, name, size) => {
      const verify = [
        ...(from.insecure ? ["--src-tls-verify=false"] : []),
        ...(to.insecure ? ["--dest-tls-verify=false"] : []),
      ];
      const keep = ["--all", "--preserve-digests", "--digestfile", digestFile];
      await run(["copy", "--quiet", ...keep, ...verify, from.image, to.image], name, mostReadFor(size));
      const { readFile } = await import("node:fs/promises");
      return (await readFile(digestFile, "utf8")).trim();
    },
  };
}

/** Besides the image it reads its own files and certificates, what TLS adds, and parts again after a connection broke. */
const mostReadFor = (size: number) => 2 * size + 64 * 1024 * 1024;

function annotationsOf(manifest: unknown): Readonly<Record<string, string>> {
  const annotations = isJsonObject(manifest) && isJsonObject(manifest.annotations) ? manifest.annotations : {};
  return Object.fromEntries(
    Object.entries(annotations).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function blobsOf(manifest: unknown): Pick<Manifest, "layers" | "size"> {
  const { layers, config }: Record<string, unknown> = isJsonObject(manifest) ? manifest : {};
  const descriptors: readonly unknown[] = Array.isArray(layers) ? layers : [];
  const size = [config, ...descriptors].reduce<number>((sum, blob) => sum + sizeOf(blob), 0);
  return {
    layers: descriptors.map((blob) => {
      const { mediaType, digest } = isJsonObject(blob) ? blob : {};
      return { mediaType: String(mediaType), digest: String(digest) };
    }),
    size,
  };
}

/** What does not say how large it is may be of any size. */
function sizeOf(blob: unknown): number {
  const size = isJsonObject(blob) ? blob.size : undefined;
  return typeof size === "number" && size >= 0 ? size : Number.POSITIVE_INFINITY;
}

/**
 * Runs a program of the machine.
 *
 * @param image for messages
 * @param most bytes that it may read
 * @throws EDGE_COPY_TOOL_MISSING, EDGE_COPY_FAILED, EDGE_COPY_SIZE
 */
export function runTool(
  tool: string,
  args: readonly string[],
  image: string,
  signal: AbortSignal,
  most = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { encoding: "buffer", maxBuffer: maxOutput, signal } as const;
    const ended = new AbortController();
    let hasReadMore = false;
    const child = execFile(tool, [...args], options, (error, stdout, stderr) => {
      ended.abort();
      if (hasReadMore) return reject(tooLarge(image, "the registry sends more than the manifest says"));
      if (error === null) return resolve(stdout);
      if (error.name === "AbortError") return reject(error);
      if (error.code === "ENOENT") return reject(imageCopyErrors.EDGE_COPY_TOOL_MISSING({ tool }));
      reject(imageCopyErrors.EDGE_COPY_FAILED({ image, problem: lastLine(stderr.toString("utf8")) }));
    });
    if (child.pid === undefined || most === Number.POSITIVE_INFINITY) return;
    untilReadMore(child.pid, most, ended.signal).then(
      () => {
        hasReadMore = true;
        child.kill("SIGKILL");
      },
      () => {},
    );
  });
}

export function tooLarge(image: string, problem: string): Error {
  return imageCopyErrors.EDGE_COPY_SIZE({ image, problem });
}

/** skopeo's own message, without its time and level. */
function lastLine(text: string): string {
  const line = text.trim().split("\n").at(-1) ?? "";
  return (/msg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? line).replaceAll('\\"', '"').slice(0, 600) || "it said nothing";
}

async function hasPolicy(): Promise<boolean> {
  for (const file of [join(homedir(), ".config/containers/policy.json"), "/etc/containers/policy.json"]) {
    const isThere = await access(file).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}
