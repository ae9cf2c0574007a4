import { isJsonObject, type Json, type JsonObject, parseJson, shellWord } from "#base";
import { createScrubber, defaultModuleSettings, isSecretVariable } from "#contract";
import { repeatedKeys } from "#manifest";
import { judgeManifest } from "../manifest-check/index.ts";
import { addRegistry, type Draft, tell } from "./draft.ts";
import { migrationErrors } from "./errors.ts";
import { mapJson, withoutSecrets } from "./manifest-secrets.ts";

const maxBytes = 1024 * 1024;

/**
 * Takes a deployment manifest over. Credentials of registries move to the stack, and variables that hold a secret become
 * references to Secrets that the reader makes; all else stays as it is, for EdgeAgent reads what IoT Edge reads.
 *
 * @returns the manifest without secrets
 * @throws EDGE_MIGRATE_UNREADABLE
 */
export function convertManifest(file: string, text: string, namespace: string, draft: Draft): JsonObject {
  const unreadable = (problem: string) => migrationErrors.EDGE_MIGRATE_UNREADABLE({ file, problem });
  if (Buffer.byteLength(text) > maxBytes) throw unreadable("it is larger than 1 MiB");
  const written = parseJson(text.replace(/^\uFEFF/, ""));
  if (!isJsonObject(written)) throw unreadable("it is no JSON object");
  const manifest = mapJson(written, [], (path, value) => {
    if (path.at(-2) === "registryCredentials" && isJsonObject(value)) return registryOf(file, path, value, draft);
    // A document in a string, as portals write it: what is in it is looked at as well.
    const inner = path.at(-1) === "createOptions" && typeof value === "string" ? parseJson(value) : undefined;
    if (isJsonObject(inner)) return inner;
    if (path.at(-2) === "env" && isJsonObject(value)) return variableOf(file, path, value, namespace, draft);
    return value;
  });
  for (const { path, message, remedy } of repeatedKeys(text)) {
    tell(draft, "manifest-refused", "error", message, `${file} ${path}`, remedy);
  }
  return withoutSecrets(manifest, (path) => {
    // createOptions may hold variables of their own.
    const fix = "Put it into a Secret of the namespace, and name it by valueFrom in the module's env.";
    const place = `${file} ${path.join(".")}`;
    tell(draft, "secret-in-manifest", "error", "this looks like a secret; it was taken out", place, fix);
  });
}

/** What an installation with defaults says to the manifest, as `edgectl manifest check` does. */
export function judge(file: string, manifest: JsonObject, draft: Draft): void {
  const text = JSON.stringify(manifest, undefined, 2);
  const { findings, policy, edgeAgent } = judgeManifest(text, defaultModuleSettings, "an installation with defaults");
  for (const { severity, path, message, remedy, line } of findings) {
    const id = severity === "error" ? "manifest-refused" : "manifest-warning";
    tell(draft, id, severity, message, `${file}${line === undefined ? "" : `:${line}`} ${path}`, remedy);
  }
  const keys = Object.entries({ ...edgeAgent, ...(Object.keys(policy).length === 0 ? {} : { policy }) });
  if (keys.length === 0) return;
  const written = keys.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(", ");
  const fix = `Write, where that is what you want: edgeAgent: { ${written} }`;
  tell(draft, "policy-needed", "warning", "the installation has to allow what the manifest asks for", file, fix);
}

function registryOf(file: string, path: readonly string[], value: JsonObject, draft: Draft): Json {
  const { address, username, password } = value;
  if (password === undefined) return value;
  addRegistry(String(address ?? ""), String(username ?? ""), `${file} ${path.join(".")}`, draft);
  return null;
}

function variableOf(file: string, path: readonly string[], value: JsonObject, namespace: string, draft: Draft): Json {
  const name = path.at(-1) ?? "";
  const module = path.at(-3) ?? "";
  const text = value.value;
  if ((typeof text !== "string" && typeof text !== "number") || text === "" || String(text).startsWith("$"))
    return value;
  if (!isSecretVariable(name) && createScrubber().text(String(text)) === String(text)) return value;
  const secret = secretNameOf(module);
  const fix = secretKey.test(name) ? howToMake(secret, name, namespace) : unfitForKey;
  tell(
    draft,
    "secret-not-written",
    "warning",
    `the value of ${name} of module ${module} is not written anywhere`,
    `${file} ${path.join(".")}`,
    fix,
  );
  return { valueFrom: { secretKeyRef: { name: secret, key: name } } };
}

/** What Kubernetes takes as a key of a Secret. */
const secretKey = /^(?!\.\.)[-._a-zA-Z0-9]{1,253}$/;
const unfitForKey =
  "No Secret can have a key of this name: name one in valueFrom that consists of letters, digits, `.`, `_` and `-`.";

function secretNameOf(module: string): string {
  const name = module.toLowerCase().replace(/[^a-z0-9-]+/g, "-");
  return name.slice(0, 63).replace(/^-+|-+$/g, "") || "module";
}

function howToMake(secret: string, key: string, namespace: string): string {
  const words = ["create", "secret", "generic", secret, "-n", namespace, `--from-literal=${key}=VALUE`];
  const command = ["kubectl", ...words].map(shellWord).join(" ");
  return `Make the Secret once \`up\` has made the namespace and says that it is missing, with one --from-literal for each of its keys; the module then starts by itself: ${command}`;
}
