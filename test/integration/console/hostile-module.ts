import { dataKeys, objectNames } from "#contract";
import { manifestOf, type TestInstallation } from "../check/installation.ts";

/** What a page must show and never run. */
export const payload = `<img src=x onerror="globalThis.taken=1"><script>globalThis.taken=1</script>`;
/** As a module's id, which may hold what it likes. */
export const hostileId = `x"><img src=x onerror=globalThis.taken=1>`;

/** Adds a module of such a name to the manifest, and lets EdgeAgent say such things of the other. */
export async function addHostileModule(installation: TestInstallation): Promise<void> {
  const { apply, namespace, configMap, report } = installation;
  const metadata = { name: objectNames.deployment, namespace };
  const text = JSON.stringify(manifestOf({ sensor: {}, [hostileId]: {} }));
  await apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { [dataKeys.deployment]: text } });
  const settings = JSON.parse(await configMap(objectNames.agentConfig, dataKeys.agentConfig));
  const module = { restartCount: 0, settings: { image: payload } };
  await report(text, settings, {
    lastDesiredStatus: { code: 500, description: payload },
    modules: {
      sensor: { ...module, runtimeStatus: "running", statusDescription: "" },
      [hostileId]: { ...module, runtimeStatus: "backoff", statusDescription: payload },
    },
  });
}
