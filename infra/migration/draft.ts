import type { Json, JsonObject } from "#base";
import type { SourceDocument } from "./document.ts";
import type { Finding } from "./report.ts";

/** Between the steps of a path in an installation: labels and resources have dots in their names. */
export const separator = "\0";

/** What becomes of the sources, while they are read. */
export interface Draft {
  /** Keys of the installation, by their path in it. */
  readonly installation: Map<string, Json>;
  readonly registries: Map<string, { readonly username: string; readonly variable: string }>;
  readonly converted: { readonly from: string; readonly to: string }[];
  readonly findings: Finding[];
}

export const emptyDraft = (): Draft => ({
  installation: new Map(),
  registries: new Map(),
  converted: [],
  findings: [],
});

/** A value of a source, and where it stands. */
export interface Leaf {
  readonly path: readonly string[];
  readonly value: Json;
  /** File, line and key. */
  readonly place: string;
}

/** What one key, and all below it, becomes. */
export interface Rule {
  /** `*` stands for any key. */
  readonly path: string;
  take(leaf: Leaf, draft: Draft): void;
}

/** Every value of a document, each taken by the first rule whose path it begins with: none is left without a word. */
export function convert(document: SourceDocument, rules: readonly Rule[], draft: Draft): void {
  for (const { path, value } of leavesOf(document.values)) {
    const line = document.lineOf(path);
    const place = `${document.file}${line === undefined ? "" : `:${line}`} ${path.join(".")}`;
    const rule = rules.find((one) => isBelow(one.path.split("."), path));
    if (rule !== undefined) rule.take({ path, value, place }, draft);
    else {
      const message = "this key is not known, and was left out";
      tell(
        draft,
        "unknown-key",
        "warning",
        message,
        place,
        "See whether it matters; what a stack can say is in stacks/Pulumi.example.yaml.",
      );
    }
  }
}

export function tell(
  draft: Draft,
  id: string,
  severity: Finding["severity"],
  message: string,
  evidence: string,
  fix = "",
): void {
  draft.findings.push({ id, severity, message, evidence, fix });
}

/** Takes a value over as a key of the installation, where it has the form that this key takes. */
export function set(
  key: string | readonly string[],
  form: RegExp | "boolean" = /^[\s\S]{1,512}$/,
  map: (text: string) => Json = (text) => text,
): Rule["take"] {
  const steps = typeof key === "string" ? key.split(".") : key;
  const name = steps.join(".");
  return ({ value, place }, draft) => {
    const text = String(value);
    if (form === "boolean" ? typeof value !== "boolean" : !form.test(text)) {
      tell(
        draft,
        "value-not-usable",
        "warning",
        `what it says cannot be ${name}`,
        place,
        `Write ${name} of the installation yourself.`,
      );
      return;
    }
    draft.installation.set(steps.join(separator), form === "boolean" ? value : map(text));
    draft.converted.push({ from: place, to: name });
  };
}

export function note(id: string, severity: Finding["severity"], message: string, fix = ""): Rule["take"] {
  return ({ place }, draft) => tell(draft, id, severity, message, place, fix);
}

/** Of a key that holds a secret: only that it is there. */
export const secret = (what: string, fix: string) =>
  note("secret-not-written", "warning", `${what} is not written anywhere`, fix);

export const hostname = /^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*$/;
export const deviceId = /^[A-Za-z0-9\-:.+%_#*?!(),=@;$']{1,128}$/;
export const quantity = /^[0-9]+([.][0-9]+)?(m|k|[MGTP]|[KMGTP]i)?$/;
const registry = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(\/[a-z0-9._/-]+)?$/;

/** Credentials of a registry: the password becomes the name of a variable. */
export function addRegistry(server: string, username: string, place: string, draft: Draft): void {
  const host = server.replace(/^https?:\/\//, "").replace(/\/$/, "");
  if (!registry.test(host) || !/^[^:\p{Cc}]{1,256}$/u.test(username)) {
    tell(
      draft,
      "value-not-usable",
      "warning",
      "these credentials are not of a registry",
      place,
      "Write iotedge:registries yourself.",
    );
    return;
  }
  const variable = `${host.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}_PASSWORD`;
  draft.registries.set(host, { username, variable });
  draft.converted.push({ from: place, to: "iotedge:registries" });
  const fix = `Set the variable ${variable} where you deploy, or encrypt it by Pulumi: docs/images.md#a-private-registry.`;
  tell(draft, "secret-not-written", "warning", `the password of ${host} is not written anywhere`, place, fix);
}

/** Splits a connection string; its key is only named. */
export const connectionString: Rule["take"] = ({ value, place, path }, draft) => {
  const parts = new Map(
    String(value)
      .split(";")
      .map((part) => [part.slice(0, Math.max(part.indexOf("="), 0)).toLowerCase(), part.slice(part.indexOf("=") + 1)]),
  );
  const host = parts.get("hostname");
  const device = parts.get("deviceid");
  if (host !== undefined) set("hubHostname", hostname)({ value: host, place, path }, draft);
  if (device !== undefined) set("deviceId", deviceId)({ value: device, place, path }, draft);
  noHub({ value, place, path }, draft);
  if (host === undefined && device === undefined) {
    const fix = "Write hubHostname and deviceId of the installation yourself.";
    tell(draft, "value-not-usable", "warning", "it is no connection string", place, fix);
    return;
  }
  secret(
    "the connection string's key",
    "To connect, put it into a Secret: docs/iot-hub.md#from-iot-edge-on-a-machine.",
  )({ value, place, path }, draft);
};

export const noHub = note(
  "iot-hub",
  "error",
  "the stack stands alone: twins, messages to the cloud and deployments from IoT Hub are missing until it is connected",
  "Connect it: docs/iot-hub.md#from-iot-edge-on-a-machine, a device of IoT Edge by --connected. Or deploy the manifest by the stack.",
);

function* leavesOf(
  value: Json,
  path: readonly string[] = [],
): Generator<{ readonly path: readonly string[]; readonly value: Json }> {
  const entries = Array.isArray(value)
    ? [...value.entries()]
    : value !== null && typeof value === "object"
      ? Object.entries(value as JsonObject)
      : [];
  // What is empty says nothing: charts list their keys that way.
  if (entries.length === 0 && path.length > 0 && typeof value !== "object" && value !== "") yield { path, value };
  for (const [key, one] of entries) yield* leavesOf(one as Json, [...path, String(key)]);
}

const isBelow = (rule: readonly string[], path: readonly string[]) =>
  rule.length <= path.length && rule.every((part, index) => part === "*" || part === path[index]);
