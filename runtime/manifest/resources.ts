import { say } from "./message.ts";
import type { Resources } from "./module-options.ts";
import type { Field, ObjectReader } from "./object-reader.ts";
import { type Problems, pathOf, plainText, shown } from "./problems.ts";

const nanosPerMilli = 1_000_000;
/** CFS period in microseconds that Docker takes when none is given. */
const defaultPeriod = 100_000;
const sharesPerCpu = 1024;
const max = Number.MAX_SAFE_INTEGER;

/** CPU and memory out of `HostConfig`: reservations become requests, bounds become limits. */
export function readHostResources(host: ObjectReader | undefined, problems: Problems): Resources {
  if (host === undefined) return {};
  const memory = host.integer("Memory", 0, max) || undefined;
  const reservation = host.integer("MemoryReservation", 0, max) || undefined;
  if (memory !== undefined && reservation !== undefined && reservation > memory) {
    const path = pathOf(host.path, "MemoryReservation");
    problems.error(path, say`${reservation} is more than Memory, ${memory}`, "Reserve at most the limit.");
  }
  const shares = host.integer("CpuShares", 0, max) || undefined;
  const requests = {
    ...(shares === undefined ? {} : { cpu: `${Math.max(1, Math.round((shares * 1000) / sharesPerCpu))}m` }),
    ...(reservation === undefined ? {} : { memory: bytes(reservation) }),
  };
  const cpu = readCpuLimit(host, problems);
  const limits = {
    ...(cpu === undefined ? {} : { cpu: `${cpu}m` }),
    ...(memory === undefined ? {} : { memory: bytes(memory) }),
  };
  return { ...ifAny("requests", requests), ...ifAny("limits", limits) };
}

/** In thousandths of a CPU. */
function readCpuLimit(host: ObjectReader, problems: Problems): number | undefined {
  const nanos = host.integer("NanoCpus", 0, max) || undefined;
  const quota = host.integer("CpuQuota", -1, max) || undefined;
  const period = host.integer("CpuPeriod", 0, 1_000_000) || defaultPeriod;
  if (nanos !== undefined && quota !== undefined && quota > 0) {
    problems.error(pathOf(host.path, "CpuQuota"), "stands beside NanoCpus", "Keep one of the two.");
  }
  if (nanos !== undefined) return Math.ceil(nanos / nanosPerMilli);
  return quota === undefined || quota < 0 ? undefined : Math.ceil((quota * 1000) / period);
}

/** The second's values win, name by name. */
export function mergeResources(one: Resources, other: Resources): Resources {
  return {
    ...ifAny("requests", { ...one.requests, ...other.requests }),
    ...ifAny("limits", { ...one.limits, ...other.limits }),
  };
}

function ifAny<Key extends string>(key: Key, values: Readonly<Record<string, string>>) {
  return Object.keys(values).length === 0 ? {} : ({ [key]: values } as Record<Key, Readonly<Record<string, string>>>);
}

const binaryUnits = [
  ["Gi", 2 ** 30],
  ["Mi", 2 ** 20],
  ["Ki", 2 ** 10],
] as const;

/** A number of bytes as Kubernetes quantity. */
export function bytes(amount: number): string {
  const unit = binaryUnits.find(([, size]) => amount > 0 && amount % size === 0);
  return unit === undefined ? String(amount) : `${amount / unit[1]}${unit[0]}`;
}

const dockerUnits: Readonly<Record<string, number>> = { "": 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A size as Docker writes it, such as `64m`, as Kubernetes quantity. */
export function readDockerSize({ path, value }: Field, problems: Problems): string | undefined {
  const [, number, unit = ""] = /^(\d{1,15})([bkmg]?)$/i.exec(plainText(value)) ?? [];
  const factor = dockerUnits[unit.toLowerCase()];
  if (number !== undefined && factor !== undefined && Number(number) > 0) return bytes(Number(number) * factor);
  problems.error(path, say`${shown(value)} is not a size`, 'Write a number of bytes, or one with a unit: "64m".');
  return undefined;
}
