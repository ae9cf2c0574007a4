import { access } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { EdgeError } from "#base";
import { fileStorage, requireStackName, type StateStorage, stateDirectoryOf, storageOf } from "../render/index.ts";
import { type EncryptedStorage, encryptedStorage } from "./encrypted-storage.ts";
import { stateErrors } from "./errors.ts";
import { findIdentities } from "./identities.ts";
import { readSettings, type StateSettings, settingsFileOf, sharedStateDirectory } from "./settings.ts";

/** Where a project keeps the state of its stacks, seen from this machine. */
export interface SharedState {
  readonly settings: StateSettings;
  /** What messages call where it is kept. */
  readonly place: string;
  /** @param recipients instead of those of the settings */
  storage(stack: string, recipients?: readonly string[]): EncryptedStorage;
  /** Marks where it is kept as this project's, where that needs a mark. */
  mark(): Promise<void>;
}

/** The state that the project shares; undefined where each machine has its own. */
export async function openSharedState(
  projectDirectory: string,
  env: NodeJS.ProcessEnv,
): Promise<SharedState | undefined> {
  const open = await readSettings(projectDirectory);
  return open && shareState(projectDirectory, env, open.settings);
}

/** The state as these settings say. */
export async function shareState(
  projectDirectory: string,
  env: NodeJS.ProcessEnv,
  settings: StateSettings,
): Promise<SharedState> {
  const identities = await findIdentities(env);
  const { id, cluster } = settings;
  const keys = settings.recipients.map(({ key }) => key);
  const seal = (inner: StateStorage, stack: string, recipients: readonly string[] = keys) =>
    encryptedStorage(inner, { id, stack, recipients, identities });
  if (cluster === undefined) {
    const directory = sharedStateDirectory(projectDirectory);
    return {
      settings,
      place: shown(directory),
      mark: async () => {},
      storage: (stack, recipients) =>
        seal(named(fileStorage(join(directory, `${stack}.age`), { shared: true })), stack, recipients),
    };
  }
  const { connect, createSender, kubectlFor } = await import("../kubernetes/index.ts");
  const { secretKeeper } = await import("./secret-storage.ts");
  const kubeconfig = cluster.kubeconfig === undefined ? undefined : resolve(projectDirectory, cluster.kubeconfig);
  const connected = await connect({ context: cluster.context, kubeconfig });
  const file = settingsFileOf(projectDirectory);
  const about = { id, file: shown(file), kubectl: kubectlFor(connected.config) };
  const keeper = secretKeeper(createSender(connected.config), connected, cluster, about);
  return {
    settings,
    place: `Secrets of namespace ${cluster.namespace} of ${cluster.context}`,
    mark: keeper.mark,
    storage: (stack, recipients) => seal(keeper.storage(stack), stack, recipients),
  };
}

/**
 * Where the keys of a stack are kept: where the team has its state, else on this machine.
 *
 * @throws EDGE_RENDER_STACK_NAME, EDGE_STATE_SETTINGS, EDGE_STATE_IDENTITY; reading it throws EDGE_STATE_NOT_MOVED and what
 *   {@link encryptedStorage} lists
 */
export async function stackStorage(
  projectDirectory: string,
  stack: string,
  env: NodeJS.ProcessEnv,
): Promise<StateStorage> {
  requireStackName(stack, projectDirectory);
  const own = storageOf({ projectDirectory, stack });
  const shared = await openSharedState(projectDirectory, env);
  if (shared === undefined) return named(own);
  const storage = shared.storage(stack);
  return {
    ...storage,
    read: async () => {
      const stored = await storage.read();
      if (stored === undefined && (await exists(own.place)))
        throw stateErrors.EDGE_STATE_NOT_MOVED({ file: shown(own.place), stack });
      return stored;
    },
  };
}

/** What keeps somebody from reading the state who wants to look at a stack, and needs no key for it. */
const readersOnly: ReadonlySet<string> = new Set([
  "EDGE_STATE_NO_IDENTITY",
  "EDGE_STATE_NOT_A_RECIPIENT",
  "EDGE_APPLY_KUBECONFIG",
  "EDGE_APPLY_CONTEXT_MISSING",
  "EDGE_APPLY_UNREACHABLE",
  "EDGE_APPLY_UNAUTHORIZED",
  "EDGE_APPLY_FORBIDDEN",
]);

/**
 * The same for whoever only looks: undefined where the state cannot be read from here, as in a pipeline without a key.
 *
 * @param tell why
 */
export async function storageToLookAt(
  projectDirectory: string,
  stack: string,
  env: NodeJS.ProcessEnv,
  tell: (line: string) => void,
): Promise<StateStorage | undefined> {
  try {
    const storage = await stackStorage(projectDirectory, stack, env);
    const stored = await storage.read();
    return { ...storage, read: async () => stored };
  } catch (error) {
    if (!(error instanceof EdgeError) || !readersOnly.has(error.code)) throw error;
    tell(`certificates are not shown: ${error.message}`);
    return undefined;
  }
}

/** Names of the stacks whose keys this machine has for itself. */
export async function ownStacks(projectDirectory: string): Promise<readonly string[]> {
  const { readdir } = await import("node:fs/promises");
  const files: readonly string[] = await readdir(stateDirectoryOf(projectDirectory)).catch(() => []);
  return files
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

function named(storage: StateStorage): StateStorage {
  return { ...storage, place: shown(storage.place) };
}

/** As a reader in the working directory opens it. */
export function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path === "" || path.startsWith("..") ? file : path;
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
