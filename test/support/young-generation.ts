/** Prints how many MB the young generation takes while much is allocated of which some is kept for a while. */
import { getHeapSpaceStatistics } from "node:v8";

let kept: object[] = [];
for (let index = 0; index < 3_000_000; index += 1) {
  kept.push({ index, list: [index] });
  if (kept.length > 200_000) kept = [];
}
const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
process.stdout.write(`${Math.round((young?.physical_space_size ?? Number.NaN) / 1024 / 1024)}\n`);
