/**
 * `npm test`: lint, types, unit, integration with a real API server, and end-to-end on real pods, in this order.
 * Arguments name the stages to run; without any, all run. The last line is `N passed, N failed`.
 */
import { stages } from "./stages.ts";
import { add, emptyTally, type Tally } from "./tally.ts";

const say = (line: string) => process.stdout.write(`${line}\n`);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  say(`unknown stage ${unknown.join(", ")}; there are: ${stages.map((stage) => stage.name).join(", ")}`);
  process.exit(2);
}

const inCi = process.env.CI === "true";
let total: Tally = emptyTally;
for (const stage of stages.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const started = Date.now();
  const obstacle = await stage.obstacle();
  if (obstacle !== undefined) {
    say(`== ${stage.name}: skipped, ${obstacle}`);
    const failures = [`${stage.name}: must run in CI, and was skipped: ${obstacle}`];
    total = add(total, inCi ? { ...emptyTally, failed: 1, failures } : { ...emptyTally, skipped: 1 });
    continue;
  }
  say(`== ${stage.name}: ${stage.title}`);
  const tally = await stage.run();
  // In CI everything can run, so a test that skips itself hides something.
  const counted = inCi ? { ...tally, failed: tally.failed + tally.skipped, skipped: 0 } : tally;
  total = add(total, { ...counted, failures: counted.failures.map((failure) => `${stage.name}: ${failure}`) });
  const seconds = Math.round((Date.now() - started) / 1000);
  say(
    `== ${stage.name}: ${counted.passed} passed, ${counted.failed} failed, ${counted.skipped} skipped in ${seconds} s`,
  );
}
if (total.failures.length > 0) say(`\nWhat failed:\n${total.failures.map((failure) => `- ${failure}`).join("\n")}\n`);
say(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
