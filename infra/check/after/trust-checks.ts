import { Value } from "typebox/value";
import { parseJson } from "#base";
import { bundleHash, dataKeys, objectNames, readBundle, type TrustRecord, TrustRecordSchema } from "#contract";
import type { LiveObject } from "../../kubernetes/index.ts";
import { certificatesOf, judgeCertificates } from "../judge/certificates.ts";
import type { Check } from "../model/check.ts";
import { whenKnown } from "../model/observed.ts";
import { look } from "../model/rights.ts";
import { doubtful, fine, firstOf, type Verdict, wrong } from "../model/verdict.ts";
import type { AfterSeen } from "./observations.ts";
import { hasProxy, isEnding } from "./proxy-container.ts";

const day = 86_400_000;
const warnDays = 30;
/** iotedged renews its own certificate at half of its life. */
const servingHours = 6;
const hour = 3_600_000;
/** The kubelet brings a changed ConfigMap within about a minute, and proxies look every second. */
const bundleDelay = 300_000;

/** The CAs that are trusted and issued from. */
export const trustChecks: readonly Check<AfterSeen>[] = [
  {
    id: "certificates",
    what: "the CAs that are deployed outlive the next 30 days, and iotedged's own certificate the next hours",
    help: "Only a deployment renews a CA. `trust.earlyRenewalDays` says how long before its end. iotedged renews its own certificate by itself.",
    rights: [look.configMaps],
    judge: ({ trustBundle, trustRecord, pods, now, namespace, hints }) =>
      whenKnown({ trustBundle, trustRecord }, (seen) => {
        const fix = `Set trust.earlyRenewalDays above the days that are left, then: ${hints.up}`;
        return [
          judgeBundle(seen.trustBundle, now, fix, { namespace, hints }),
          ...ofReplicas(
            ofPods(recordOf(seen.trustRecord), pods),
            now,
            fix,
            `${hints.kubectl} logs deployment/iotedged -n ${namespace}`,
          ),
        ];
      }),
  },
  {
    id: "trust-bundle",
    what: "the trust bundle vouches for what iotedged issues, and each proxy has loaded it",
    help: "iotedged tells by which CA of the bundle its workload CA is vouched for. Where there is none, somebody has changed one of the two, and proxies refuse iotedged. A proxy takes a changed bundle within two minutes. One that has another one refuses iotedged after a rotation; restart its module. `edgectl trust status` tells more.",
    rights: [look.configMaps, look.pods],
    judge: (seen) => {
      const { trustBundle, trustRecord, pods } = seen;
      return whenKnown({ trustBundle, trustRecord, pods }, (known) => {
        const record = recordOf(known.trustRecord);
        return judgeAnchor(record, known.pods, seen) ?? judgeLoaded(known.trustBundle, record, known.pods, seen);
      });
    },
  },
];

function judgeBundle(
  bundle: LiveObject | undefined,
  now: number,
  renew: string,
  { namespace, hints }: Pick<AfterSeen, "namespace" | "hints">,
): Verdict {
  const where = `ConfigMap ${namespace}/${objectNames.trustBundle}`;
  if (bundle === undefined) return wrong("there is no trust bundle", where, `Make it again: ${hints.up}`);
  const restore = `Bring it back: ${hints.up}`;
  const [problem] = readBundle(String(bundle.data?.[dataKeys.trustBundle] ?? "")).problems;
  // Nobody takes up such a content: who has read another one before goes on with that, until it starts anew.
  if (problem !== undefined) return wrong(`the trust bundle cannot be used: ${problem}`, where, restore);
  return judgeCertificates(certificatesOf([bundle]), now, { renew, restore });
}

/** Undefined where iotedged has not written it, or where it cannot be read. */
function recordOf(configMap: LiveObject | undefined): TrustRecord | undefined {
  const record = parseJson(configMap?.data?.[dataKeys.trustRecord]);
  return Value.Check(TrustRecordSchema, record) ? record : undefined;
}

/** The record without replicas that are gone: it keeps them for an hour. */
function ofPods(record: TrustRecord | undefined, pods: AfterSeen["pods"]): TrustRecord | undefined {
  if (record === undefined || !pods.known) return record;
  const names = new Set(pods.value.filter((pod) => !isEnding(pod)).map(({ metadata }) => metadata.name));
  return {
    ...record,
    replicas: Object.fromEntries(Object.entries(record.replicas).filter(([name]) => names.has(name))),
  };
}

function ofReplicas(record: TrustRecord | undefined, now: number, fix: string, logs: string): readonly Verdict[] {
  const replicas = Object.entries(record?.replicas ?? {});
  const ending = replicas.find(([, { caNotAfter }]) => caNotAfter < now + warnDays * day);
  const serving = replicas.find(
    ([, one]) => one.serving !== undefined && one.serving.notAfter < now + servingHours * hour,
  );
  return [
    ...(ending === undefined ? [] : [ended("the workload CA", ending[1].caNotAfter, now, fix)]),
    ...(serving?.[1].serving === undefined
      ? []
      : [
          ended(
            `the serving certificate of ${serving[0]}`,
            serving[1].serving.notAfter,
            now,
            `See why it is not renewed: ${logs}`,
          ),
        ]),
  ];
}

function ended(what: string, notAfter: number, now: number, fix: string): Verdict {
  const evidence = `ends ${new Date(notAfter).toISOString()}`;
  return notAfter <= now ? wrong(`${what} has ended`, evidence, fix) : doubtful(`${what} ends soon`, evidence, fix);
}

/** By iotedged's own word; undefined where the bundle has the CA above what its pods issue, or where none has said anything. */
function judgeAnchor(
  record: TrustRecord | undefined,
  pods: readonly LiveObject[],
  { hints, namespace }: AfterSeen,
): Verdict | undefined {
  const running = new Set(pods.map(({ metadata }) => metadata.name));
  const [name, replica] =
    Object.entries(record?.replicas ?? {}).find(
      ([pod, { root, serving }]) => running.has(pod) && (root === "" || serving?.root === ""),
    ) ?? [];
  if (replica === undefined) return undefined;
  const evidence = `${name}: none of the CAs in ConfigMap ${namespace}/${objectNames.trustBundle} is above workload CA ${replica.ca}`;
  const fix = `Where somebody has changed the bundle or the CA, bring it back: ${hints.up}. Where the CA is your own, add the one above it to trust.trustedCas of the stack before.`;
  return wrong(
    "the trust bundle does not vouch for what iotedged issues: proxies and clients refuse it",
    evidence,
    fix,
  );
}

/** When somebody has last written what is in the ConfigMap, as the API server keeps it; 0 where it does not tell. */
function lastChange(bundle: LiveObject | undefined): number {
  const entries: readonly { readonly time?: string; readonly fieldsV1?: object }[] =
    (bundle?.metadata as { readonly managedFields?: [] } | undefined)?.managedFields ?? [];
  const times = entries.map(({ time, fieldsV1 = {} }) => ("f:data" in fieldsV1 && Date.parse(time ?? "")) || 0);
  return Math.max(0, ...times);
}

function judgeLoaded(
  bundle: LiveObject | undefined,
  record: TrustRecord | undefined,
  pods: readonly LiveObject[],
  { now, hints, namespace }: AfterSeen,
): Verdict {
  const wanted = bundleHash(String(bundle?.data?.[dataKeys.trustBundle] ?? ""));
  const proxied = pods.filter((pod) => hasProxy(pod) && !isEnding(pod));
  const isNew = now - lastChange(bundle) <= bundleDelay;
  const behind = proxied.filter(({ metadata }) => {
    const loaded = record?.pods[metadata.uid]?.bundle;
    return loaded !== undefined && loaded.hash !== wanted && !isNew && now - loaded.at > bundleDelay;
  });
  if (behind.length === 0) return fine(`${proxied.length} proxies`, "by their own word to iotedged");
  const names = behind.map(({ metadata }) => metadata.name);
  const fix = `Restart them: ${hints.kubectl} delete pod -n ${namespace} ${names.join(" ")}`;
  return doubtful(`${behind.length} proxies have another trust bundle`, firstOf(names), fix);
}
