import { defaults } from "../../../infra/installation/defaults.ts";
import { nodeRuntime } from "../../../runtime/images/catalog.ts";

const percentageFlag = "--max-old-space-size-percentage=";

/**
 * How the images run Node.js in a container that has the default memory limit. Outside of a container Node.js would take
 * its percentage of the whole machine's memory, and then hardly ever collect garbage.
 */
export function containerNode(component: "iotedged" | "edgeAgent") {
  const limit = Number.parseInt(defaults[component].resources.limits.memory, 10);
  const memoryLimit = limit * 1024 ** 2;
  const flags = nodeRuntime.flags.map((flag) =>
    flag.startsWith(percentageFlag)
      ? `--max-old-space-size=${Math.floor((limit * Number(flag.slice(percentageFlag.length))) / 100)}`
      : flag,
  );
  return { flags, memoryLimit, environment: { ...nodeRuntime.environment, MEMORY_LIMIT: String(memoryLimit) } };
}
