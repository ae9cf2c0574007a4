import { argumentInvalid } from "../hub/errors.ts";
import type { Hub } from "../hub/hub.ts";
import { isObject, type JsonObject } from "../json.ts";
import { noAuthentication } from "../registry/authentication.ts";
import type { Identity } from "../registry/identity.ts";
import { checkSection } from "../twin/limits.ts";

/** "Set modules": replaces desired properties, of all modules that the content names or of none. */
export function applyConfigurationContent(hub: Hub, device: Identity, content: JsonObject): void {
  const { deviceId } = device;
  if (!device.iotEdge) throw argumentInvalid(`device ${deviceId} is not one of IoT Edge`);
  const unknown = Object.keys(content).find(
    (key) => !["modulesContent", "deviceContent", "moduleContent"].includes(key),
  );
  if (unknown !== undefined) throw argumentInvalid(`the content has an unknown part ${unknown}`);
  const { modulesContent, deviceContent, moduleContent } = content;
  if (!isObject(modulesContent)) throw argumentInvalid("modulesContent is no object");
  if (!isEmpty(deviceContent) || !isEmpty(moduleContent))
    throw argumentInvalid("a device of IoT Edge has modulesContent");
  const desired = Object.entries(modulesContent).map(([moduleId, part]) => ({
    moduleId,
    value: desiredOf(moduleId, part),
  }));
  for (const { value } of desired) checkSection("desired", value, hub.switches.tooLarge);
  const named = namedModules(desired);
  if (hub.switches.applyMakesIdentities)
    for (const moduleId of named)
      if (hub.registry.find(deviceId, moduleId) === undefined)
        hub.registry.addModule(deviceId, moduleId, { managedBy: "IotEdge", authentication: noAuthentication });
  for (const { moduleId, value } of desired) hub.registry.module(deviceId, moduleId).twin.replace({ desired: value });
}

const isEmpty = (value: unknown) =>
  value === undefined || value === null || (isObject(value) && Object.keys(value).length === 0);

function desiredOf(moduleId: string, part: unknown): JsonObject {
  const desired = isObject(part) ? part["properties.desired"] : undefined;
  if (!isObject(part) || !isObject(desired) || Object.keys(part).length !== 1)
    throw argumentInvalid(`${moduleId} has something else than properties.desired`);
  return desired;
}

/** Those with content of their own, and those that EdgeAgent shall run. */
function namedModules(
  desired: readonly { readonly moduleId: string; readonly value: JsonObject }[],
): ReadonlySet<string> {
  const run = desired.find(({ moduleId }) => moduleId === "$edgeAgent")?.value.modules;
  return new Set([...desired.map(({ moduleId }) => moduleId), ...(isObject(run) ? Object.keys(run) : [])]);
}
