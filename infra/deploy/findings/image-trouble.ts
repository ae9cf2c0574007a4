import type { CauseId } from "./causes.ts";

const waitingReasons: ReadonlySet<string> = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
  "RegistryUnavailable",
  "SignatureValidationFailed",
]);

/** What container runtimes and registries say, the definite first: a message may quote several of them. */
const patterns: readonly (readonly [CauseId, RegExp])[] = [
  // A registry that limits or has a defect may say so beside any of the others.
  ["image-pull", /\b(429|50[0-9])\b|too many requests|toomanyrequests|service unavailable|bad gateway/i],
  ["image-platform", /no match for platform|no matching manifest for/i],
  [
    "registry-untrusted",
    /unknown authority|server gave HTTP response to HTTPS client|certificate is not valid for|certificate is valid for/i,
  ],
  [
    "image-unauthorized",
    /\b40[13]\b|unauthorized|forbidden|access denied|access to the resource is denied|no basic auth credentials|authentication required|insufficient_scope/i,
  ],
  ["image-not-found", /\bnot found\b|\b404\b|manifest unknown|name unknown|manifest_unknown|name_unknown/i],
];

/** Why a container's image is not there; undefined where the container waits for something else. */
export function imageTrouble(reason: string | undefined, message: string, image: string): CauseId | undefined {
  if (reason === undefined || !waitingReasons.has(reason)) return undefined;
  if (reason === "InvalidImageName") return "image-name-invalid";
  if (reason === "ErrImageNeverPull") return "image-not-on-node";
  return patterns.find(([, pattern]) => pattern.test(withoutNames(message, image)))?.[0] ?? "image-pull";
}

/** Names and addresses may hold any of the words and numbers. */
function withoutNames(message: string, image: string): string {
  return message.replace(/"[^"]*"|\S*\/\S*/g, " ").replaceAll(registryOf(image), " ");
}

/** Host and port of an image's registry, as container runtimes find it. */
export function registryOf(image: string): string {
  const [first = ""] = image.split("/", 1);
  const isHost = image.includes("/") && (/[.:]/.test(first) || first === "localhost");
  return isHost ? first : "docker.io";
}
