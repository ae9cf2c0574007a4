import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { shellWord } from "#base";
import { rbacErrors } from "../../errors.ts";
import { boundaryOf } from "../links.ts";
import { addAttributes, addManifests, collected, collectorFor, type ManifestOptions } from "../manifests.ts";
import { openRevision, type Revision } from "../revision.ts";
import type { Source } from "../source.ts";
import { addArgoCdParameters } from "./argo-cd-parameters.ts";
import { requireBounded, type ValuesFile } from "./chart-inputs.ts";
import { clusterDependent } from "./cluster-dependent.ts";
import { type Circumstances, otherRenderings, usualNames } from "./other-renderings.ts";
import { type Limits, runTool } from "./run-tool.ts";
import { claimedSources, templatesByLine } from "./source-comments.ts";

export interface HelmOptions extends ManifestOptions {
  /** Files of values, the last one counts most. @default none but the chart's own */
  readonly values?: readonly string[];
  /** @default "release-name", as `helm template` has it */
  readonly release?: string;
  /** Version of Kubernetes that the chart is told, such as 1.36. @default helm's own */
  readonly kubernetes?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly limits?: Limits;
}

/**
 * Renders a Helm chart of this machine with the user's helm, its hooks included.
 *
 * @param chart folder or archive
 * @param ref revision of the chart, and of those files of values that stand in its repository
 * @throws errors of {@link runTool} and {@link openRevision}, EDGE_RBAC_FILE_UNREADABLE, EDGE_RBAC_SOURCE_ESCAPES
 */
export async function readHelmChart(chart: string, ref: string | undefined, options: HelmOptions): Promise<Source> {
  const { values = [] } = options;
  const named = values.length === 0 ? "" : ` with ${values.join(", ")}`;
  if (ref === undefined) {
    for (const file of [chart, ...values]) await requireFile(file);
    const files = values.map((file) => ({ place: resolve(file), shown: file }));
    return { title: `chart ${chart}${named}`, clusters: [await render(chart, resolve(chart), files, options)] };
  }
  await using revision = await openRevision(chart, ref);
  const files = await Promise.all(values.map((file) => valuesAt(revision, file)));
  const place = await revision.locate(chart);
  return { title: `chart ${chart}${named} at ${ref}`, clusters: [await render(chart, place, files, options)] };
}

async function valuesAt(revision: Revision, file: string): Promise<ValuesFile> {
  if (await revision.holds(file)) return { place: await revision.locate(file), shown: file };
  await requireFile(file);
  return { place: resolve(file), shown: file };
}

/** Helm would look for what it does not find in repositories and registries. */
async function requireFile(file: string): Promise<void> {
  await stat(file).catch((cause: Error) => {
    throw rbacErrors.EDGE_RBAC_FILE_UNREADABLE({ file, problem: cause.message }, { cause });
  });
}

/** @param place the chart itself, at an absolute path; `chart` is what reports call it */
async function render(chart: string, place: string, values: readonly ValuesFile[], options: HelmOptions) {
  await requireBounded(place, values);
  const template = (circumstances: Circumstances) => helmTemplate({ chart, place, values, options, circumstances });
  const { release = usualNames.release, namespace = usualNames.namespace, kubernetes } = options;
  const flags = kubernetes === undefined ? [] : [`--kube-version=${kubernetes}`];
  const text = await template({ release, namespace, flags });
  const collector = collectorFor(options);
  const templates = templatesByLine(text, await claimedSources(place));
  addManifests(collector, text, `what helm template ${chart} prints`, {
    identity: place,
    originAt: (line) => ({ file: join(chart, ...(line === undefined ? [] : (templates(line) ?? []))) }),
  });
  const given = { release: options.release !== undefined, namespace: options.namespace !== undefined };
  for (const { file, problem, hash } of await clusterDependent(place, chart, values, given))
    collector.noteDocument(problem, hash, { origin: { file }, identity: hash });
  for (const { problem, hash } of await otherRenderings(text, template, options))
    collector.noteDocument(problem, hash, { origin: { file: chart }, identity: hash });
  await addArgoCdParameters(collector, place, chart);
  await addAttributes(collector, await boundaryOf(place));
  return collected(collector, chart);
}

interface Template {
  readonly chart: string;
  readonly place: string;
  readonly values: readonly ValuesFile[];
  readonly options: HelmOptions;
  readonly circumstances: Circumstances;
}

function helmTemplate({ chart, place, values, options, circumstances }: Template): Promise<string> {
  const { env, limits } = options;
  const { release, namespace, flags } = circumstances;
  return runTool({
    tool: "helm",
    source: chart,
    instead: ["helm", "template", options.release ?? usualNames.release, chart].map(shellWord).join(" "),
    env,
    args: [
      "template",
      "--include-crds",
      ...values.map((file) => `--values=${inList(file.place)}`),
      `--namespace=${namespace}`,
      ...flags,
      "--",
      release,
      place,
    ],
    ...(limits === undefined ? {} : { limits }),
  });
}

/** Helm takes commas for the ends of names. */
const inList = (file: string) => (/[,"\n]/.test(file) ? `"${file.replaceAll('"', '""')}"` : file);
