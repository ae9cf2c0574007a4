import { componentSelector, labels, objectNames, portNames, ports } from "#contract";
import type { LiveObject } from "../../kubernetes/index.ts";
import { fine, type Judgement, wrong } from "../model/verdict.ts";
import type { AfterSeen } from "./observations.ts";

const name = objectNames.iotedged;

/**
 * Whether proxies find iotedged by its Service, and where not, at which of its links that ends.
 *
 * @param service undefined where there is none
 * @param slices its EndpointSlices
 */
export function judgeService(
  service: LiveObject | undefined,
  slices: readonly LiveObject[],
  { namespace, hints }: Pick<AfterSeen, "namespace" | "hints">,
): Judgement {
  const evidence = `Service ${namespace}/${name}`;
  if (service === undefined) {
    return wrong("there is no Service iotedged: proxies do not find it", evidence, `Make it again: ${hints.up}`);
  }
  // What somebody else has added stays in a deployment, so that it has to be made anew.
  const anew = `Make it anew: ${hints.kubectl} delete service ${name} -n ${namespace}; ${hints.up}`;
  const selector = pairs(service.spec?.selector ?? {});
  const wanted = pairs(componentSelector("iotedged", service.metadata.labels?.[labels.instance] ?? ""));
  if (selector !== wanted) {
    return wrong("Service iotedged does not select iotedged's pods", `selector ${selector || "none"}`, anew);
  }
  const astray = strayPorts(service);
  if (astray.length > 0) {
    return wrong(
      "Service iotedged leads to other ports than iotedged's",
      `not as it should be: ${astray.join()}`,
      anew,
    );
  }
  const all: readonly { conditions?: { ready?: boolean } }[] = slices.flatMap((slice) => slice.endpoints ?? []);
  const ready = all.filter(({ conditions }) => conditions?.ready !== false);
  const seen = `${ready.length} of ${all.length} endpoints are ready`;
  if (ready.length > 0) return fine("iotedged can be reached", seen);
  const pods = `${hints.kubectl} describe pods -l ${labels.name}=${name} -n ${namespace}`;
  return wrong("Service iotedged leads nowhere: no pod of iotedged is ready", seen, `See why: ${pods}`);
}

/** Names of ports that are not there, or lead elsewhere. */
function strayPorts({ spec }: LiveObject): readonly string[] {
  const found: readonly { name?: string; port: number; targetPort?: number | string }[] = spec?.ports ?? [];
  return [portNames.workload, portNames.management].filter(
    (wanted) =>
      !found.some(
        ({ port, targetPort = port }) => port === ports[wanted] && (targetPort === wanted || targetPort === port),
      ),
  );
}

function pairs(selector: Readonly<Record<string, string>>): string {
  const all = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  return all.sort().join();
}
