import { join } from "node:path";
import { stringify } from "yaml";
import type { Json, JsonObject } from "#base";
import { convertDockerMode } from "./docker-mode.ts";
import { readDeviceDocument, readYamlDocument } from "./document.ts";
import { emptyDraft, separator } from "./draft.ts";
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
}

export interface Migrated extends Omit<Migration, "stack" | "files"> {
  /** Texts by their path in the project. */
  readonly texts: ReadonlyMap<string, string>;
}

/** What the sources become: a stack, a manifest, and what could not be converted. Writes nothing. */
export function migrate(sources: Sources, { stack, stackDirectory, namespace }: Wanted): Migrated {
  const draft = emptyDraft();
  const { config, values, manifest } = sources;
  if (config !== undefined) convertDockerMode(readDeviceDocument(config.file, config.text), draft);
  if (values !== undefined) convertPreview(readYamlDocument(values.file, values.text), draft);
  const manifestFile = `deployments/${stack}.json`;
  const texts = new Map<string, string>();
  if (manifest !== undefined) {
    const converted = convertManifest(manifest.file, manifest.text, namespace, draft);
    judge(manifestFile, converted, draft);
    texts.set(manifestFile, `${JSON.stringify(converted, undefined, 2)}\n`);
  }
  const installation = {
    namespace,
    createNamespace: true,
    ...nested([...draft.installation].map(([key, value]) => [key.split(separator), value])),
    ...(manifest === undefined ? {} : { deploymentFile: manifestFile }),
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
