import type { LiveObject } from "../../kubernetes/index.ts";
import { fine, firstOf, type Judgement, wrong } from "../model/verdict.ts";
import { quantityOf } from "./quantity.ts";
import type { Wanted } from "./quota.ts";

interface Bounds {
  readonly type: string;
  readonly max?: Readonly<Record<string, string>>;
  readonly min?: Readonly<Record<string, string>>;
}

/** Whether LimitRanges take the containers as they ask for resources. */
export function judgeLimitRange(
  namespace: string,
  limitRanges: readonly LiveObject[],
  { containers }: Wanted,
  kubectl: string,
): Judgement {
  const outside = limitRanges.flatMap(({ metadata, spec }) =>
    ((spec?.limits ?? []) as readonly Bounds[])
      .filter(({ type }) => type === "Container")
      .flatMap((bounds) => containers.flatMap((one) => exceeds(one, bounds)))
      .map((text) => `LimitRange ${metadata.name}: ${text}`),
  );
  if (outside.length === 0) return fine(`${limitRanges.length} LimitRanges take the containers`);
  const fix = `Change resources of the component in the stack, or the LimitRange: ${kubectl} describe limitrange -n ${namespace}`;
  return wrong(`a LimitRange of ${namespace} refuses containers`, firstOf(outside), fix);
}

function exceeds({ name, requests = {}, limits = {} }: Wanted["containers"][number], { max = {}, min = {} }: Bounds) {
  const above = Object.entries(max).filter(([key, most]) => isMore(limits[key] ?? requests[key], most));
  const below = Object.entries(min).filter(([key, least]) => isMore(least, requests[key] ?? limits[key]));
  return [
    ...above.map(([key, most]) => `container ${name} has ${key} ${limits[key] ?? requests[key]}, above ${most}`),
    ...below.map(([key, least]) => `container ${name} has ${key} ${requests[key] ?? limits[key]}, below ${least}`),
  ];
}

function isMore(one: string | undefined, other: string | undefined): boolean {
  const [a, b] = [quantityOf(one), quantityOf(other)];
  return a !== undefined && b !== undefined && a > b;
}
