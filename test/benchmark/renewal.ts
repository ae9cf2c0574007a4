/**
 * Requests that fail while the token changes every 10 s, the trust bundle every 30 s, and iotedged's CA twice.
 *
 * A module signs 200 times a second, sends each request when it is due, and repeats none. The proxy is the real one, and
 * so is iotedged, in a process of its own; both find changed files by themselves, as in a pod. The API server that knows
 * the tokens is part of this process.
 */
import { canRunProxy } from "../../runtime/proxy/test/proxy.ts";
import { startSteadyLoad } from "../../runtime/proxy/test/steady-load.ts";
import { ensureProxyPackages } from "../support/debian-packages.ts";
import { progress } from "../support/progress.ts";
import { observeRenewals } from "./renewal/observe.ts";
import { carryOut, repeated, type Step } from "./renewal/schedule.ts";
import { countByKind } from "./shared/count-by-kind.ts";
import { quantile } from "./shared/quantile.ts";
import { type Site, startSite } from "./shared/site.ts";

const seconds = 130;
const load = { perSecond: 200, connections: 16 } as const;
const limits = { failed: 0, refused: 0 } as const;

await ensureProxyPackages();
if (!(await canRunProxy())) throw new Error("the proxy cannot run on this machine");
await using stack = new AsyncDisposableStack();
const result = await measure(await startSite(stack));
process.stdout.write(process.argv.includes("--json") ? `${JSON.stringify(result, null, 2)}\n` : describe(result));
if (!result.passed) process.exitCode = 1;

async function measure(site: Site) {
  const [tokens, bundles, cas] = [tokenSteps(site), bundleSteps(site), caSteps(site)];
  const observation = await observeRenewals(site.proxy, site.iotedgedPort);
  const { generationId } = site;
  const signing = startSteadyLoad(site.proxy.layout.workloadPort, { ...load, generationId });
  await carryOut([...tokens, ...bundles, ...cas], seconds, ({ at, what }) =>
    progress(`${at} s: another ${what}; ${signing.sent} requests so far, ${signing.failures.length} failed`),
  );
  await signing.stop();
  const { renewals, refused } = await observation.stop();
  const due = { tokens: tokens.length, bundles: bundles.length, cas: cas.length };
  const failed = signing.failures.length;
  const isRenewed = Object.entries(due).every(([what, count]) => renewals[what as keyof typeof due] === count);
  return {
    ...{ seconds, ...load, requests: signing.sent, failed, failures: countByKind(signing.failures) },
    ...{ due, renewals, refused },
    p50Milliseconds: quantile(signing.times, 0.5),
    p99Milliseconds: quantile(signing.times, 0.99),
    maxMilliseconds: quantile(signing.times, 1),
    limits,
    passed: isRenewed && failed <= limits.failed && refused <= limits.refused,
  };
}

function tokenSteps(site: Site): readonly Step[] {
  return repeated("token", { everySeconds: 10, seconds }, site.setToken);
}

/** The next CA comes in beside the old one, and the old one goes when iotedged has left it. */
function bundleSteps(site: Site): readonly Step[] {
  const [first, second, third] = site.cas;
  const bundles = [[first, second], [second], [second, third], [third]];
  return repeated("trust bundle", { everySeconds: 30, seconds }, (index) => site.setBundle(bundles[index] ?? []));
}

/** In the middle between two bundles, of which the first has both CAs. */
function caSteps(site: Site): readonly Step[] {
  const [, second, third] = site.cas;
  const what = "CA of iotedged";
  return [
    { at: 45, what, take: () => site.setCa(second) },
    { at: 105, what, take: () => site.setCa(third) },
  ];
}

function describe(run: Awaited<ReturnType<typeof measure>>): string {
  const { due, renewals } = run;
  const kinds = Object.entries(run.failures).map(([kind, count]) => `${count} by ${kind}`);
  const lines = [
    `${run.requests} requests in ${run.seconds} s, ${run.perSecond} a second over ${run.connections} connections: ` +
      `${run.failed} failed (limit ${limits.failed})${kinds.length > 0 ? `: ${kinds.join(", ")}` : ""}`,
    `renewed meanwhile: the token ${renewals.tokens} of ${due.tokens} times, the trust bundle ${renewals.bundles} of ` +
      `${due.bundles}, iotedged's CA ${renewals.cas} of ${due.cas}; refused: ${run.refused} ` +
      `(limit ${limits.refused})`,
    `answered after ${run.p50Milliseconds.toFixed(1)} ms, p99 ${run.p99Milliseconds.toFixed(1)} ms, at most ` +
      `${run.maxMilliseconds.toFixed(0)} ms`,
  ];
  return `${lines.join("\n")}\n`;
}
