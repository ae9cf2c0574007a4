import { amountOf, isLess, sameQuantity } from "#base";
import { hugePages, plainResources } from "./extended-resources.ts";
import { fixed, say } from "./message.ts";
import type { Resources } from "./module-options.ts";
import { type Problems, pathOf, shown } from "./problems.ts";

/** Quantities of one container, and where the manifest has them. */
interface Wanted {
  /** Of whatever field. */
  readonly resources: Resources;
  /** Those of `k8s-experimental`, which stand at `path`. */
  readonly own: Resources;
  readonly path: string;
  /** Where Docker's shares stand, if the request for CPU is made of them. */
  readonly sharesPath?: string | undefined;
}

/** What a container can have a part of; anything else it has as a whole, so that request and limit are one. */
const isShared = (name: string) => (plainResources as readonly string[]).includes(name) || isKubernetesOwn(name);
const isKubernetesOwn = (name: string) => name.includes("kubernetes.io/");
const isHugePage = (name: string) => name.startsWith(hugePages);

/** Refuses quantities that contradict each other, as the API server does. Shares of CPU are capped by the limit. */
export function settleResources({ resources, own, path, sharesPath }: Wanted, problems: Problems): Resources {
  const { requests = {}, limits = {} } = resources;
  const capped = new Map<string, string>();
  for (const [name, request] of Object.entries(requests)) {
    const limit = limits[name];
    const at = () => pathOf(pathOf(path, own.requests?.[name] === undefined ? "limits" : "requests"), name);
    if (limit === undefined) {
      if (!isShared(name)) problems.error(at(), "has no limit", "Write the same quantity into limits, too.");
    } else if (!isShared(name) && !sameQuantity(request, limit)) {
      const message = say`${shown(request)} is not the limit, ${shown(limit)}, and a container has it as a whole`;
      problems.error(at(), message, "Write the same quantity as request and as limit.");
    } else if (name === "cpu" && sharesPath !== undefined && isLess(limit, request)) {
      const message = say`asks for ${request} of CPU beside a limit of ${limit}, and gets that`;
      problems.warn(sharesPath, message, "Ask for at most the limit: 1024 shares are one CPU.");
      capped.set(name, limit);
    } else if (isLess(limit, request) && (own.requests?.[name] ?? own.limits?.[name]) !== undefined) {
      // Of two of Docker's, its own fields tell.
      problems.error(
        at(),
        say`${shown(request)} is more than the limit, ${shown(limit)}`,
        "Ask for at most the limit.",
      );
    }
  }
  for (const [kind, quantities] of Object.entries({ requests, limits })) {
    for (const [name, quantity] of Object.entries(quantities)) {
      checkWhole(name, quantity, pathOf(pathOf(path, kind), name), problems);
    }
  }
  const names = [...Object.keys(requests), ...Object.keys(limits)];
  if (names.some(isHugePage) && !names.includes("cpu") && !names.includes("memory")) {
    problems.error(path, "has huge pages without cpu or memory", "Write a request or a limit of one of these, too.");
  }
  return capped.size === 0 ? resources : { ...resources, requests: { ...requests, ...Object.fromEntries(capped) } };
}

/** Devices are counted, and huge pages are as large as their name says. */
function checkWhole(name: string, quantity: string, path: string, problems: Problems): void {
  if (isShared(name)) return;
  const amount = amountOf(quantity) ?? 0;
  const size = name.slice(hugePages.length);
  // A part of a byte counts as a whole one.
  const count = isHugePage(name) ? Math.ceil(amount) / (amountOf(size) ?? 1) : amount;
  if (Number.isInteger(count)) return;
  const unit = isHugePage(name) ? say`pages of ${shown(size)}` : fixed("devices");
  problems.error(path, say`${shown(quantity)} is no number of ${unit}`, "Write what makes a whole number of them.");
}
