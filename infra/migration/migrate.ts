import { join } from "node:path";
import { stringify } from "yaml";
import type { Json, JsonObject } from "#base";
import { convertConnected, isConnected } from "./connected.ts";
import { convertDockerMode } from "./docker-mode.ts";
import { readDeviceDocument, readYamlDocument } from "./document.ts";
import { emptyDraft, note, separator } from "./draft.ts";
import { convertManifest, judge } from "./manifest.ts";
import { convertPreview } from "./preview.ts";
import type { Migration } from "./report.ts";

export interface Source {
  readonly file: string;
  readonly text: string;
}

export interface Sources {
  /** A device's `config.toml`, or `config.yaml`. */
  readonly config?: Source;
  /** Values of the preview's chart. */
  readonly values?: Source;
  /** A deployment manifest. */
  readonly manifest?: Source;
}

export interface Wanted {
  readonly stack: string;
  /** Where the project has the files of its stacks, relative to its directory. */
  readonly stackDirectory: string;
  readonly namespace: string;
  /** Whether the installation takes the place of the device of `config` in IoT Hub. */
  readonly connected?: boolean;
}

export interface Migrated extends Omit<Migration, "stack" | "files"> {
  /** Texts by their path in the project. */
  readonly texts: ReadonlyMap<string, string>;
}

/** What the sources become: a stack, a manifest, and what could not be converted. Writes nothing. */
export function migrate(sources: Sources, { stack, stackDirectory, namespace, connected = false }: Wanted): Migrated {
  const { config, values, manifest } = sources;
  const device = config === undefined ? undefined : readDeviceDocument(config.file, config.text);
  const draft = device !== undefined && connected ? convertConnected(device, namespace) : emptyDraft();
  if (device !== undefined && !connected) convertDockerMode(device, draft);
  if (values !== undefined) convertPreview(readYamlDocument(values.file, values.text), draft);
  const manifestFile = `deployments/${stack}.json`;
  const texts = new Map<string, string>();
  if (manifest !== undefined) {
    const converted = convertManifest(manifest.file, manifest.text, namespace, draft);
    judge(manifestFile, converted, draft);
    texts.set(manifestFile, `${JSON.stringify(converted, undefined, 2)}\n`);
    if (isConnected(draft)) manifestOfHub({ path: [], value: null, place: manifestFile }, draft);
  }
  const installation = {
    namespace,
    createNamespace: true,
    ...nested([...draft.installation].map(([key, value]) => [key.split(separator), value])),
    ...(manifest === undefined || isConnected(draft) ? {} : { deploymentFile: manifestFile }),
  };
  const registries = [...draft.registries].map(([server, { username, variable }]) => ({
    server,
    username,
    password: `\${${variable}}`,
  }));
  const stackFile = {
    config: {
      ...(registries.length === 0 ? {} : { "iotedge:registries": registries }),
      "iotedge:installations": [installation],
    },
  };
  const stackPath = join(stackDirectory, `Pulumi.${stack}.yaml`);
  texts.set(stackPath, `# Made by \`edgectl migrate\`.\n${stringify(stackFile, { lineWidth: 0 })}`);
  return { texts, converted: draft.converted, findings: once(draft.findings) };
}

const manifestOfHub = note(
  "hub-manifest",
  "warning",
  "a connected installation has the manifest that IoT Hub has; the stack does not name this file",
  "Give it to the hub, where that is not what the hub has: docs/iot-hub.md#modules-from-the-hub.",
);

function nested(entries: readonly (readonly [path: readonly string[], value: Json])[]): JsonObject {
  const groups = Map.groupBy(entries, ([path]) => path[0] ?? "");
  return Object.fromEntries(
    [...groups].map(([key, below]) => {
      const own = below.find(([path]) => path.length === 1);
      return [key, own === undefined ? nested(below.map(([path, value]) => [path.slice(1), value])) : own[1]];
    }),
  );
}

/** A key can be told of by two rules; a reader needs it once. */
function once<T>(all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}
