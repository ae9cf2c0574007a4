import { isSecretVariable, type ModuleSettings } from "#contract";
import { checkSchema } from "./check-schema.ts";
import { refuseOwnObject } from "./closed-objects.ts";
import { EnvironmentReferenceSchema } from "./kubernetes-schemas.ts";
import type { EnvironmentReference, EnvironmentValue } from "./manifest.ts";
import { fixed, say } from "./message.ts";
import { type Field, ObjectReader } from "./object-reader.ts";
import { fillRemedy, refusePlaceholder } from "./placeholders.ts";
import { type Problems, shown } from "./problems.ts";

/** Variables that say who the module is and where its API is: EdgeAgent alone sets them. */
export const identityVariables = [
  "IOTEDGE_WORKLOADURI",
  "IOTEDGE_MODULEID",
  "IOTEDGE_MODULEGENERATIONID",
  "IOTEDGE_DEVICEID",
  "IOTEDGE_IOTHUBHOSTNAME",
  "IOTEDGE_APIVERSION",
  "IOTEDGE_AUTHSCHEME",
  "IOTEDGE_GATEWAYHOSTNAME",
  "EdgeDeviceHostName",
] as const;

const identityNames: ReadonlySet<string> = new Set(identityVariables);

/** What the API server takes as a name: printable ASCII but `=`. */
const validName = /^[ -<>-~]+$/;

/** Reads a module's `env`: `{"NAME": {"value": "..."}}`, or with `valueFrom` in place of `value`. */
export function readModuleEnvironment(
  env: ObjectReader | undefined,
  settings: ModuleSettings,
  problems: Problems,
): Map<string, EnvironmentValue> {
  const variables = new Map<string, EnvironmentValue>();
  for (const [name, field] of env?.entries() ?? []) {
    const reader = ObjectReader.open(field, problems);
    const value = reader?.take("value");
    const from = reader?.take("valueFrom");
    if (reader === undefined) continue;
    reader.warnOfRest();
    if ((value === undefined) === (from === undefined)) {
      const message = value === undefined ? "has no value" : "has both value and valueFrom";
      problems.error(field.path, message, 'Write {"value": "..."} or {"valueFrom": {"secretKeyRef": {...}}}.');
      continue;
    }
    const read = from === undefined ? value && stringOf(value, problems) : readReference(from, settings, problems);
    setVariable(variables, name, field, read, problems);
  }
  return variables;
}

/** Where a value is kept, so that no manifest and no ConfigMap holds it. */
function readReference(field: Field, settings: ModuleSettings, problems: Problems): EnvironmentReference | undefined {
  const reference = checkSchema(EnvironmentReferenceSchema, field, problems);
  for (const [key, { name }] of Object.entries(reference ?? {})) {
    const kind = key === "secretKeyRef" ? "Secret" : "ConfigMap";
    refuseOwnObject({ kind, path: `${field.path}.${key}.name`, name }, settings, problems);
  }
  return reference;
}

/** Reads Docker's `Env`: `["NAME=value"]`. */
export function readContainerEnvironment(env: readonly Field[], problems: Problems): Map<string, EnvironmentValue> {
  const variables = new Map<string, EnvironmentValue>();
  for (const field of env) {
    const text = stringOf(field, problems);
    if (text === undefined) continue;
    const at = text.indexOf("=");
    if (at < 1) {
      problems.error(field.path, "is not of the form NAME=value", 'Write "NAME=value".');
      continue;
    }
    const name = text.slice(0, at);
    if (variables.has(name) && !problems.hasAllWarnings)
      problems.warn(field.path, say`sets ${shown(name)} again: the last one counts`, "Remove one of the two.");
    setVariable(variables, name, field, text.slice(at + 1), problems);
  }
  return variables;
}

/** Like `textOf`, but without the value in the problem: it may be secret. */
function stringOf(field: Field, problems: Problems): string | undefined {
  const { value } = field;
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return field.digits ?? String(value);
  problems.error(field.path, "is not a string", "Write a JSON string here.");
  return undefined;
}

function setVariable(
  variables: Map<string, EnvironmentValue>,
  name: string,
  field: Field,
  value: EnvironmentValue | undefined,
  problems: Problems,
): void {
  if (value === undefined) return;
  if (!validName.test(name)) {
    problems.error(
      field.path,
      say`${shown(name)} is not a variable's name`,
      "Use printable ASCII characters other than =.",
    );
    return;
  }
  if (/\$\{\w+\}/.test(name) && refusePlaceholder(field.path, name, problems)) return;
  if (identityNames.has(name)) {
    problems.warn(field.path, say`${name} is set by EdgeAgent and this value has no effect`, "Leave the variable out.");
    return;
  }
  if (typeof value === "string") checkPlaceholders(name, value, field, problems);
  variables.set(name, value);
}

/** Also a whole value of another form. A part of one may be meant as it is: a shell's variable, or a password. */
const placeholder =
  /\$\{([A-Za-z_]\w*)\}|^\$(?!(?:upstream|edgeHub|edgeAgent)$)([A-Za-z_]\w*)$|^(?:\{\{[^{}]+\}\}|<[^<>]+>|#[A-Z][\w.]*#|__[A-Z]\w*)$/g;

/** What nobody has filled in the module would be told as it is. A secret is not filled in: it would be in a ConfigMap. */
function checkPlaceholders(name: string, value: string, field: Field, problems: Problems): void {
  for (const [whole, braced, bare, own = braced ?? bare ?? whole] of value.matchAll(placeholder)) {
    if (isSecretVariable(name) || isSecretVariable(own)) {
      const message = say`holds the placeholder ${shown(whole)} for a credential, which everybody could read in a ConfigMap`;
      const place = typeof field.value === "string" ? say`the module's env.${name}: ` : fixed("");
      problems.error(
        field.path,
        message,
        say`Keep it in a Secret, and write ${place}{"valueFrom": {"secretKeyRef": {...}}}.`,
      );
      return;
    }
    if (whole !== value) continue;
    problems.warn(field.path, say`is the placeholder ${shown(whole)}, which is not filled in`, fillRemedy(whole));
  }
}
