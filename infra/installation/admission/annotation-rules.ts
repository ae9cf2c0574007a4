import type { ModulePolicy } from "#contract";
import { closedDomains, closedPrefixes, freeAnnotations } from "#manifest";
import { every, literal, some } from "./cel.ts";

/** That `key` is one that a manifest may give to pods: the parser reads the same lists. */
export function openAnnotation({ annotations = [] }: ModulePolicy): string {
  const domains = closedDomains.map((domain) => domain.replaceAll(".", "\\."));
  const lower = "key.lowerAscii()";
  const isClosed = some([
    `${lower}.matches(${literal(`^([a-z0-9.-]*\\.)?(${domains.join("|")})/`)})`,
    ...closedPrefixes.map((prefix) => `${lower}.startsWith(${literal(prefix)})`),
  ]);
  const isOpen = [...freeAnnotations, ...annotations].flatMap((one) => [
    `key == ${literal(one)}`,
    `key.startsWith(${literal(/[./]$/.test(one) ? one : `${one}/`)})`,
  ]);
  return every([`!(${isClosed})`, some(['key.matches("^[A-Za-z0-9_-]+$")', ...isOpen])]);
}
