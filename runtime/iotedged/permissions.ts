import { type IotedgedSettings, iotedgedRulesOf, nodeObserverRules, tokenReviewerRules } from "#contract";
import { type ApiClient, type Health, type Logger, selfCheck } from "#shared";

/** Name of the condition that every right is there. */
export const permissionsCondition = "permissions";

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
