import { shellWord } from "#base";
import type { DevicePlace } from "#iot-hub";
import type { DeviceIdentity } from "./device-identity.ts";
import type { SourceDocument } from "./document.ts";

/** Where the Secret is to be. */
export interface SecretPlace {
  readonly name: string;
  readonly namespace: string;
}

/**
 * The step that makes the device's Secret, as a line of a POSIX shell. It names files and never what is in them; keys go from
 * program to program, and are on no command line that others see.
 */
export function makeSecretStep(document: SourceDocument, identity: DeviceIdentity, place: SecretPlace): string {
  const { proof } = identity;
  const words = (...more: readonly string[]) => ["kubectl", ...more].map(shellWord).join(" ");
  const create = (type: string, ...files: readonly string[]) =>
    words("create", "secret", type, place.name, "-n", place.namespace, ...files);
  const namespaced = `${words("create", "namespace", place.namespace)}; `;
  if (proof.kind === "certificate") {
    return `${before} ${namespaced}${create("tls", `--cert=${proof.certFile}`, `--key=${proof.keyFile}`)}`;
  }
  const key = identity.source === "dps" ? "symmetricKey" : "connectionString";
  const printed = proof.kind === "key file" ? base64Of(proof.file) : valueInLine(document, proof.path, proof.value);
  if (printed === undefined) {
    return `Write ${contentOf(identity)} into a file that is called ${key}; then: ${namespaced}${create("generic", `--from-file=${key}`)}`;
  }
  return `${before} ${namespaced}${print(identity, printed)} | ${create("generic", `--from-file=${key}=/dev/stdin`)}`;
}

/** What a person writes into the Secret. */
function contentOf(identity: DeviceIdentity): string {
  if (identity.source === "dps") return "the enrollment's key";
  if (identity.proof.kind === "connection string") return "the device's connection string";
  return `the device's connection string, which is \`${beginningOf(identity)}\` and then its key,`;
}

const beginningOf = ({ hubHostname, deviceId }: DevicePlace) =>
  `HostName=${hubHostname};DeviceId=${deviceId};SharedAccessKey=`;

/** What is in the Secret, of what a command prints of the key. */
function print(identity: DeviceIdentity, printed: string): string {
  if (identity.source === "dps" || identity.proof.kind === "connection string") return `printf %s "$(${printed})"`;
  return `printf %s%s ${shellWord(beginningOf(identity))} "$(${printed})"`;
}

const before = "Before `up`, where the device's files are:";

/** IoT Edge has the bytes of a key in a file, the Secret has them as base64. */
const base64Of = (file: string) => `base64 < ${shellWord(file)} | tr -d '\\n'`;

/** How a value may stand in its line, for sed and here. */
const forms = [
  { sed: String.raw`s/^[^"]*"\([^"]*\)".*/\1/p`, matches: /^[^"]*"([^"]*)"/ },
  { sed: String.raw`s/^[^']*'\([^']*\)'.*/\1/p`, matches: /^[^']*'([^']*)'/ },
  { sed: String.raw`s/^[^:]*: *\([^ ]*\).*/\1/p`, matches: /^[^:]*: *([^ ]*)/ },
];

/** Prints a value of a file; nothing where it stands there in another way than it is mostly written. */
function valueInLine({ file, text, lineOf }: SourceDocument, path: readonly string[], value: string) {
  const number = lineOf(path);
  const line = number === undefined ? undefined : text.split("\n")[number - 1];
  const form = line === undefined ? undefined : forms.find(({ matches }) => matches.exec(line)?.[1] === value);
  if (form === undefined) return undefined;
  return ["sed", "-n", `${number}${form.sed}`, file.startsWith("-") ? `./${file}` : file].map(shellWord).join(" ");
}
