import { loadScrubber } from "../redaction/index.ts";
import type { BundlePod } from "./bundle-pods.ts";
import { type ByteBudget, createByteBudget } from "./byte-budget.ts";
import { type ContainerLog, containerLogs } from "./container-logs.ts";
import { splitLines, upTo } from "./lines.ts";
import { type MetricsPort, metricsPorts } from "./metrics-ports.ts";
import { redactObject } from "./redact-object.ts";
import type { ArchiveFile } from "./zip.ts";

/** Where the content of a bundle comes from. */
export interface BundleSource {
  /** All objects of a kind, by page. */
  objects(plural: string): AsyncIterable<readonly object[]>;
  /** A log, with the time before each line. */
  log(log: ContainerLog, limits: LogLimits): Promise<AsyncIterable<Uint8Array>>;
  /** Metrics of a container as it serves them; without this function the bundle has none. */
  metrics?(from: MetricsPort): Promise<AsyncIterable<Uint8Array>>;
  /** Texts that only this source has, by their names in the archive. */
  texts?(): Promise<Readonly<Record<string, string>>>;
}

/** Which part of a log is asked for. */
export interface LogLimits {
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** The last so many lines. */
  readonly tail: number;
  readonly maxBytes: number;
}

/** What a bundle is about. */
export interface BundleOptions {
  readonly source: BundleSource;
  /** Names of kinds in the API, such as `pods`; never Secrets. */
  readonly plurals: readonly string[];
  readonly installation: { readonly name: string; readonly namespace: string };
  /** Who makes it, and in which version. */
  readonly madeBy: string;
  /** Milliseconds since the epoch, as are the times below. */
  readonly now: number;
  /** Logs from when on. */
  readonly since: number;
  readonly until: number;
  /** Logs of iotedged, EdgeAgent and EdgeHub alone. */
  readonly runtimeOnly: boolean;
  /** Of all files, unpacked. @default 128 MiB */
  readonly maxBytes?: number;
  /** What to say of something that cannot be had; undefined for an error that ends the bundle. */
  readonly problemOf: (error: unknown) => string | undefined;
  /** Told of each. */
  readonly onMissing?: (missing: Missing) => void;
}

/** Something that the bundle should have, but has not. */
export interface Missing {
  /** Name of the file or of the kind, such as `objects/events`. */
  readonly what: string;
  readonly problem: string;
}

const mebibyte = 1024 * 1024;
const usualBytes = 128 * mebibyte;
/** Of one container's log. */
const maxLogBytes = 8 * mebibyte;
const maxLogLines = 50_000;
/** Of one container's metrics. */
const maxMetricsBytes = mebibyte;

/** The files of a support bundle, one after the other: redacted objects, scrubbed logs, and a description of the bundle. */
export async function* bundleFiles(options: BundleOptions): AsyncGenerator<ArchiveFile> {
  const { source, plurals, installation, runtimeOnly, since, until } = options;
  const scrubber = await loadScrubber();
  const budget = createByteBudget(options.maxBytes ?? usualBytes);
  const missing: Missing[] = [];
  const pods: BundlePod[] = [];

  function miss(what: string, error: unknown): string {
    const told = options.problemOf(error);
    if (told === undefined) throw error;
    const problem = scrubber.text(told);
    missing.push({ what, problem });
    options.onMissing?.({ what, problem });
    return problem;
  }

  async function* objects(plural: string): AsyncGenerator<ArchiveFile> {
    let page = 0;
    try {
      for await (const items of source.objects(plural)) {
        if (plural === "pods") pods.push(...(items as BundlePod[]));
        const redacted = items.map((item) => redactObject(item, scrubber.text));
        yield jsonFile(`objects/${plural}-${++page}.json`, redacted, budget);
      }
    } catch (error) {
      miss(`objects/${plural}`, error);
    }
  }

  async function* logLines(name: string, log: ContainerLog): AsyncGenerator<Uint8Array> {
    const limits = { since, tail: maxLogLines, maxBytes: maxLogBytes };
    try {
      yield* scrubber.lines(upTo(splitLines(await source.log(log, limits)), until));
    } catch (error) {
      yield Buffer.from(`${miss(name, error)}\n`);
    }
  }

  async function* metricLines(name: string, ask: () => Promise<AsyncIterable<Uint8Array>>): AsyncGenerator<Uint8Array> {
    try {
      yield* createByteBudget(maxMetricsBytes).limit(scrubber.lines(splitLines(await ask())));
    } catch (error) {
      yield Buffer.from(`# ${miss(name, error)}\n`);
    }
  }

  async function* metricFiles(): AsyncGenerator<ArchiveFile> {
    const { metrics } = source;
    if (metrics === undefined) return;
    for (const from of metricsPorts(pods, installation.name, runtimeOnly)) {
      if (budget.isSpent) return;
      const name = `metrics/${from.pod}/${from.container}.prom`;
      yield { name, content: budget.limit(metricLines(name, () => metrics(from))) };
    }
  }

  for (const plural of plurals) yield* objects(plural);
  for (const [name, text] of Object.entries((await source.texts?.()) ?? {})) {
    yield textFile(name, scrubber.text(text), budget);
  }
  yield* metricFiles();
  for (const log of containerLogs(pods, installation.name, runtimeOnly)) {
    if (budget.isSpent) break;
    const name = `logs/${log.pod}/${log.container}${log.previous ? ".previous" : ""}.log`;
    yield { name, content: budget.limit(logLines(name, log)) };
  }
  const complete = !budget.isSpent && missing.length === 0;
  yield jsonFile("bundle.json", { ...summaryOf(options), complete, missing }, createByteBudget(mebibyte));
}

function summaryOf({ madeBy, installation, now, since, until, runtimeOnly }: BundleOptions) {
  const time = (milliseconds: number) => new Date(milliseconds).toISOString();
  return {
    made_by: madeBy,
    installation,
    made: time(now),
    logs: { since: time(since), until: time(until), runtimeOnly },
    left_out:
      "Secrets, values of environment variables, commands, what drivers are told, and what looks like a token, a key or " +
      "a password. What looks like any other word cannot be known: look through it before you pass it on",
  };
}

function jsonFile(name: string, value: unknown, budget: ByteBudget): ArchiveFile {
  return textFile(name, `${JSON.stringify(value, null, 2)}\n`, budget);
}

function textFile(name: string, text: string, budget: ByteBudget): ArchiveFile {
  return { name, content: budget.limit(once(Buffer.from(text))) };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
