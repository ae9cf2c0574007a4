import { shellWord } from "#base";
import { type Cluster, checkResponse, type SendRequest } from "../kubernetes/index.ts";
import { renderErrors, type StateStorage } from "../render/index.ts";
import { stateErrors } from "./errors.ts";
import type { StateSettings } from "./settings.ts";

type Keeper = NonNullable<StateSettings["cluster"]>;

/** A namespace whose Secrets are the state of a project's stacks. */
export interface SecretKeeper {
  /** Marks the namespace as the one of this project. */
  mark(): Promise<void>;
  storage(stack: string): StateStorage;
}

/** Where a Secret's bytes end. */
const mostBytes = 1_000_000;
const dataKey = "state.age";
const markerKey = "id";
const labels = { "app.kubernetes.io/managed-by": "edgectl", "app.kubernetes.io/part-of": "iotedge-state" };

/**
 * @param id of the state, by which another project's Secrets are told from its own
 * @param file of the settings, for messages
 * @param kubectl as it asks this cluster, for commands that are printed
 */
export function secretKeeper(
  send: SendRequest,
  cluster: Pick<Cluster, "context" | "server">,
  { namespace, context }: Keeper,
  { id, file, kubectl }: { readonly id: string; readonly file: string; readonly kubectl: string },
): SecretKeeper {
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const marker = "iotedge-state";
  const get = async (name: string) => {
    const response = await send({ method: "GET", path: `${path}/${name}` });
    if (response.status === 404) return undefined;
    checkResponse(cluster, response, "get", `Secret ${namespace}/${name}`);
    return response.body as SecretObject;
  };
  const create = async (name: string, key: string, value: string) => {
    const metadata = { name, namespace, labels };
    const body = { apiVersion: "v1", kind: "Secret", metadata, type: "Opaque", data: { [key]: base64(value) } };
    const response = await send({ method: "POST", path, body });
    if (response.status === 404) {
      const command = `${kubectl} create namespace ${shellWord(namespace)}`;
      throw stateErrors.EDGE_STATE_NO_NAMESPACE({ namespace, context, command });
    }
    if (response.status === 409) return false;
    checkResponse(cluster, response, "create", `Secret ${namespace}/${name}`);
    return true;
  };
  const requireMarker = async () => {
    if (textOf(await get(marker), markerKey) === id) return;
    throw stateErrors.EDGE_STATE_ELSEWHERE({ namespace, context, secret: marker, file });
  };
  return {
    mark: async () => {
      if (!(await create(marker, markerKey, id))) await requireMarker();
    },
    storage: (stack) => {
      const name = secretNameOf(stack);
      const place = `Secret ${namespace}/${name} of ${context}`;
      return {
        place,
        read: async () => {
          const secret = await get(name);
          const text = textOf(secret, dataKey);
          if (secret !== undefined && text !== undefined) return { text, version: secret.metadata.resourceVersion };
          // Where the state was never kept, nothing is missing: another cluster would be begun anew.
          await requireMarker();
          return undefined;
        },
        replace: async (expected, text) => {
          const bytes = Buffer.byteLength(text);
          if (bytes > mostBytes) throw stateErrors.EDGE_STATE_TOO_LARGE({ stack, bytes, most: mostBytes });
          const conflict = () => renderErrors.EDGE_RENDER_STATE_CONFLICT({ file: place });
          if (expected === undefined) {
            if (!(await create(name, dataKey, text))) throw conflict();
            return;
          }
          const response = await send({
            method: "PATCH",
            path: `${path}/${name}`,
            contentType: "application/merge-patch+json",
            body: { metadata: { resourceVersion: expected.version }, data: { [dataKey]: base64(text) } },
          });
          if (response.status === 409 || response.status === 404) throw conflict();
          checkResponse(cluster, response, "patch", `Secret ${namespace}/${name}`);
        },
      };
    },
  };
}

interface SecretObject {
  readonly metadata: { readonly resourceVersion: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** Names of stacks may have what names of objects may not. */
function secretNameOf(stack: string): string {
  const plain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(stack);
  return `iotedge-state-${plain ? stack : `x.${Buffer.from(stack).toString("hex")}`}`;
}

function textOf(secret: SecretObject | undefined, key: string): string | undefined {
  const value = secret?.data?.[key];
  return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
