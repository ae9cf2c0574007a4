import type { Clock } from "#base";
import { type IotedgedSettings, iotedgedRulesOf, nodeObserverRules, tokenReviewerRules } from "#contract";
import { type ApiClient, createLoop, type Health, type Logger, type Loop, selfCheck } from "#shared";

/** Name of the condition that every right is there. */
export const permissionsCondition = "permissions";

const interval = 10 * 60_000;

/** Looks at the rights now, and again and again. */
export function followPermissions(
  options: Parameters<typeof checkPermissions>[0] & { readonly clock: Clock; readonly random: () => number },
): Loop {
  const { clock, random, log } = options;
  const loop = createLoop({
    run: () => checkPermissions(options),
    onError: (error) => log.warn({ error }, "the rights cannot be checked"),
    clock,
    random,
    delay: 0,
    resync: interval,
  });
  loop.trigger();
  return loop;
}

/**
 * Asks the API server whether iotedged may do all that it does, and tells the readiness. An API server that does not
 * answer changes nothing: a right that was there is taken to be there still.
 *
 * @returns whether nothing is missing
 */
export async function checkPermissions(options: {
  readonly client: ApiClient;
  readonly settings: Pick<IotedgedSettings, "installation" | "nodeObserver" | "features">;
  readonly health: Health;
  readonly log: Logger;
}): Promise<boolean> {
  const { client, settings, health, log } = options;
  const { namespace } = settings.installation;
  const clusterRules = [...tokenReviewerRules, ...(settings.nodeObserver ? nodeObserverRules : [])];
  const missing = [
    ...(await selfCheck(client, namespace, iotedgedRulesOf(settings.features))),
    ...(await selfCheck(client, undefined, clusterRules)),
  ].map(({ verb, group, resource, name }) =>
    [verb, group ? `${resource}.${group}` : resource, name].filter(Boolean).join(" "),
  );
  if (missing.length === 0) {
    health.pass(permissionsCondition);
    return true;
  }
  health.fail(permissionsCondition, `missing: ${missing.join(", ")}`);
  log.warn({ missing }, "rights are missing; deploy the stack again to restore them");
  return false;
}
