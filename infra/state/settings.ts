import { join } from "node:path";
import Type, { type Static } from "typebox";
import { Check, Errors } from "typebox/value";
import { fileStorage, type StateStorage, type StoredState } from "../render/index.ts";
import { stateErrors } from "./errors.ts";

const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const closed = { additionalProperties: false } as const;

const SettingsSchema = Type.Object(
  {
    version: Type.Literal(1),
    /** Of this state, so that no other project's is taken for it. */
    id: Type.String({ pattern: "^[0-9a-f-]{36}$" }),
    /** Absent: in the repository, beside the settings. */
    cluster: Type.Optional(
      Type.Object(
        {
          context: text(512),
          namespace: Type.String({ pattern: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$" }),
          kubeconfig: Type.Optional(text(4096)),
        },
        closed,
      ),
    ),
    recipients: Type.Array(
      Type.Object({ name: Type.Optional(text(64)), key: Type.String({ pattern: "^age1[a-z0-9]{20,3000}$" }) }, closed),
      { minItems: 1, maxItems: 100 },
    ),
  },
  closed,
);

/** Where the state of a project's stacks is kept, and who can open it. */
export type StateSettings = Static<typeof SettingsSchema>;

/** The settings, with what is needed to replace them. */
export interface OpenSettings {
  readonly settings: StateSettings;
  readonly stored: StoredState;
}

/** Directory of what a project commits of its state. */
export function sharedStateDirectory(projectDirectory: string): string {
  return join(projectDirectory, "state");
}

export function settingsFileOf(projectDirectory: string): string {
  return join(sharedStateDirectory(projectDirectory), "settings.yaml");
}

/**
 * Undefined: the state is not shared.
 *
 * @throws EDGE_STATE_SETTINGS
 */
export async function readSettings(projectDirectory: string): Promise<OpenSettings | undefined> {
  const stored = await storageOf(projectDirectory).read();
  return stored && { stored, settings: await parseSettings(stored.text, settingsFileOf(projectDirectory)) };
}

/**
 * @param before what was read; undefined: there was nothing
 * @throws EDGE_RENDER_STATE_CONFLICT where somebody else has changed them meanwhile
 */
export async function writeSettings(
  projectDirectory: string,
  before: OpenSettings | undefined,
  settings: StateSettings,
): Promise<void> {
  const { stringify } = await import("yaml");
  await storageOf(projectDirectory).replace(before?.stored, `${head}${stringify(settings)}`);
}

/** @throws EDGE_STATE_SETTINGS */
export async function parseSettings(written: string, file: string): Promise<StateSettings> {
  const invalid = (problem: string) => stateErrors.EDGE_STATE_SETTINGS({ file, problem });
  if (written.length > maxLength) throw invalid("it is larger than 1 MiB");
  const { parse } = await import("yaml");
  const content = attempt(() => parse(written, { maxAliasCount: 0 }));
  if (content === undefined) throw invalid("it is not YAML");
  if (Check(SettingsSchema, content)) return content;
  const [first] = Errors(SettingsSchema, content);
  throw invalid(`${first?.instancePath || "the whole"} ${first?.message ?? "is not valid"}`);
}

const maxLength = 1024 * 1024;
const head = `# Where the keys of stacks are kept that edgectl deploys without Pulumi, and who can open them.
# Written by \`edgectl state init\` and \`edgectl state rekey\`; docs/state.md. Commit it.
`;

function storageOf(projectDirectory: string): StateStorage {
  return fileStorage(settingsFileOf(projectDirectory), { shared: true });
}

function attempt(parse: () => unknown): unknown {
  try {
    return parse() ?? null;
  } catch {
    return undefined;
  }
}
