import { Value } from "typebox/value";
import { parseJson } from "#base";
import { bundleHash, dataKeys, objectNames, proxyContainer, type TrustRecord, TrustRecordSchema } from "#contract";
import type { LiveObject } from "../../kubernetes/index.ts";
import { certificatesOf, judgeCertificates } from "../judge/certificates.ts";
import type { Check } from "../model/check.ts";
import { whenKnown } from "../model/observed.ts";
import { look } from "../model/rights.ts";
import { doubtful, fine, firstOf, type Verdict, wrong } from "../model/verdict.ts";
import type { AfterSeen } from "./observations.ts";

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
    judge: ({ trustBundle, trustRecord, now, namespace, hints }) =>
      whenKnown({ trustBundle, trustRecord }, (seen) => {
        const fix = `Set trust.earlyRenewalDays above the days that are left, then: ${hints.up}`;
        const bundle =
          seen.trustBundle === undefined
            ? noBundle(namespace, hints.up)
            : judgeCertificates(certificatesOf([seen.trustBundle]), now, fix);
        return [
          bundle,
          ...ofReplicas(
            recordOf(seen.trustRecord),
            now,
            fix,
            `${hints.kubectl} logs deployment/iotedged -n ${namespace}`,
          ),
        ];
      }),
  },
  {
    id: "trust-bundle",
    what: "each proxy has loaded the trust bundle that is deployed",
    help: "A proxy takes a changed bundle within two minutes. One that has another one refuses iotedged after a rotation; restart its module. `edgectl trust status` tells more.",
    rights: [look.configMaps, look.pods],
    judge: (seen) => {
      const { trustBundle, trustRecord, pods } = seen;
      return whenKnown({ trustBundle, trustRecord, pods }, (known) =>
        judgeLoaded(known.trustBundle, recordOf(known.trustRecord), known.pods, seen),
      );
    },
  },
];

function noBundle(namespace: string, up: string): Verdict {
  return wrong("there is no trust bundle", `ConfigMap ${namespace}/${objectNames.trustBundle}`, `Make it again: ${up}`);
}

/** Undefined where iotedged has not written it, or where it cannot be read. */
function recordOf(configMap: LiveObject | undefined): TrustRecord | undefined {
  const record = parseJson(configMap?.data?.[dataKeys.trustRecord]);
  return Value.Check(TrustRecordSchema, record) ? record : undefined;
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

function judgeLoaded(
  bundle: LiveObject | undefined,
  record: TrustRecord | undefined,
  pods: readonly LiveObject[],
  { now, hints, namespace }: AfterSeen,
): Verdict {
  const wanted = bundleHash(String(bundle?.data?.[dataKeys.trustBundle] ?? ""));
  const proxied = pods.filter(hasProxy);
  const behind = proxied.filter(({ metadata }) => {
    const loaded = record?.pods[metadata.uid]?.bundle;
    return loaded !== undefined && loaded.hash !== wanted && now - loaded.at > bundleDelay;
  });
  if (behind.length === 0) return fine(`${proxied.length} proxies`, "by their own word to iotedged");
  const names = behind.map(({ metadata }) => metadata.name);
  const fix = `Restart them: ${hints.kubectl} delete pod -n ${namespace} ${names.join(" ")}`;
  return doubtful(`${behind.length} proxies have another trust bundle`, firstOf(names), fix);
}

/** Whether the pod has the sidecar. */
export function hasProxy({ spec }: LiveObject): boolean {
  const containers: readonly { name: string }[] = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return containers.some(({ name }) => name === proxyContainer);
}
