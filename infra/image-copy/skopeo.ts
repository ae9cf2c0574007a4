import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { isJsonObject, parseJson } from "#base";
import { imageCopyErrors } from "./errors.ts";

/** What copies images. */
export interface Skopeo {
  /** The manifest that a reference of skopeo's leads to now. */
  inspect(image: string, insecure: boolean): Promise<Manifest>;
  /**
   * Copies an image with all its platforms, so that its digest stays.
   *
   * @param name for messages
   * @returns the digest that has arrived
   */
  copy(from: Place, to: Place, name: string): Promise<string>;
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
  const run = (args: readonly string[], image: string) => runTool("skopeo", [...policy, ...args], image, signal);
  return {
    inspect: async (image, insecure) => {
      const raw = await run(["inspect", "--raw", ...(insecure ? ["--tls-verify=false"] : []), image], image);
      const manifest = parseJson(raw.toString("utf8"));
      const parts = isJsonObject(manifest) && Array.isArray(manifest.manifests) ? manifest.manifests : [];
      const types = [manifest, ...parts].map((part) => (isJsonObject(part) ? part.mediaType : undefined));
      const isOci = !types.some((type) => typeof type === "string" && docker.test(type));
      const digest = `sha256:${createHash("sha256").update(raw).digest("hex")}`;
      return { digest, annotations: annotationsOf(manifest), isOci, ...blobsOf(manifest) };
    },
    copy: async (from, to, name) => {
      const verify = [
        ...(from.insecure ? ["--src-tls-verify=false"] : []),
        ...(to.insecure ? ["--dest-tls-verify=false"] : []),
      ];
      const keep = ["--all", "--preserve-digests", "--digestfile", digestFile];
      await run(["copy", "--quiet", ...keep, ...verify, from.image, to.image], name);
      const { readFile } = await import("node:fs/promises");
      return (await readFile(digestFile, "utf8")).trim();
    },
  };
}

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
 * @throws EDGE_COPY_TOOL_MISSING, EDGE_COPY_FAILED
 */
export function runTool(tool: string, args: readonly string[], image: string, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { encoding: "buffer", maxBuffer: maxOutput, signal } as const;
    execFile(tool, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (error.name === "AbortError") return reject(error);
      if (error.code === "ENOENT") return reject(imageCopyErrors.EDGE_COPY_TOOL_MISSING({ tool }));
      reject(imageCopyErrors.EDGE_COPY_FAILED({ image, problem: lastLine(stderr.toString("utf8")) }));
    });
  });
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
