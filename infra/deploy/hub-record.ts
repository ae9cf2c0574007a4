import { Value } from "typebox/value";
import { parseJson } from "#base";
import { dataKeys, type HubRecord, HubRecordSchema, objectNames } from "#contract";
import type { LiveObject } from "../kubernetes/index.ts";

const limits = { maxLength: 512 * 1024, maxDepth: 8 };

/** How a connected installation fares with its hub; undefined where iotedged has not said it, or somebody has spoilt it. */
export function readHubRecord(configMaps: readonly LiveObject[]): HubRecord | undefined {
  const found = configMaps.find(({ metadata }) => metadata.name === objectNames.trustRecord);
  const record = parseJson(found?.data?.[dataKeys.hubRecord], limits);
  return Value.Check(HubRecordSchema, record) ? record : undefined;
}
