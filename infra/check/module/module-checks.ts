import { bundleHash, dataKeys } from "#contract";
import { judgeAudience, judgeIdentity } from "../after/chain-checks.ts";
import { explainProxy } from "../after/proxy-failures.ts";
import { refusalRule } from "../after/refusal-rules.ts";
import type { Check } from "../model/check.ts";
import { whenKnown } from "../model/observed.ts";
import { look } from "../model/rights.ts";
import { doubtful, fine, type Verdict, wrong } from "../model/verdict.ts";
import type { CallAnswer, ModuleSeen, ProxyStatus, Timed } from "./observations.ts";

/** The links from a module's pod to iotedged's answer, in the order in which a request passes them. */
export const moduleChecks: readonly Check<ModuleSeen>[] = [
  {
    id: "link-pod",
    what: "the module's pod runs",
    help: "Why it does not is told by the causes of docs/troubleshooting.md. Without a pod, the rest of the chain cannot be seen.",
    rights: [look.deployments, look.pods, look.configMaps, look.events, look.logs],
    judge: (seen) =>
      whenKnown({ state: seen.state, pod: seen.pod }, ({ state, pod }) => judgePod(state, pod?.metadata.name, seen)),
  },
  {
    id: "link-identity",
    what: "the pod has the account of its module, whose name and annotation agree",
    help: "iotedged takes a module for the one that its account encodes.",
    rights: [look.pods, look.accounts],
    judge: ({ pod, accounts, hints, moduleId, namespace }) =>
      whenKnown({ pod, accounts }, (seen) => {
        if (seen.pod === undefined) return [];
        const found = judgeIdentity(seen.pod, seen.accounts, hints.restart(moduleId, namespace));
        return found ?? fine(`it is ${moduleId}`, `ServiceAccount ${seen.pod.spec?.serviceAccountName}`);
      }),
  },
  {
    id: "link-audience",
    what: "the pod's token is for this installation",
    help: "The audience is `iotedge:NAMESPACE/NAME`; iotedged and the API server refuse any other.",
    rights: [look.pods, look.configMaps],
    judge: ({ pod, audience, hints, moduleId, namespace }) =>
      whenKnown({ pod, audience }, (seen) => {
        if (seen.pod === undefined) return [];
        return (
          judgeAudience(seen.pod, seen.audience, { up: hints.up, restart: hints.restart(moduleId, namespace) }) ??
          fine("its token is for this installation", seen.audience)
        );
      }),
  },
  {
    id: "link-token",
    what: "the proxy has a token that has not expired",
    help: "The kubelet mounts it, and renews it at 80 % of its life.",
    rights: [look.portForward],
    judge: ({ proxy, now, hints, moduleId, namespace }) =>
      whenKnown({ proxy }, ({ proxy: { value, milliseconds } }) => ({
        ...judgeToken(value, now, hints.restart(moduleId, namespace)),
        milliseconds,
      })),
  },
  {
    id: "link-trust-bundle",
    what: "the proxy has loaded the trust bundle that is deployed",
    help: "A changed ConfigMap reaches the pod within about a minute, and the proxy looks every second.",
    rights: [look.portForward, look.configMaps],
    judge: ({ proxy, trustBundle, hints, moduleId, namespace }) =>
      whenKnown({ proxy, trustBundle }, (seen) => {
        const wanted = bundleHash(String(seen.trustBundle?.data?.[dataKeys.trustBundle] ?? ""));
        const found = seen.proxy.value.trustBundle;
        if (found === wanted) return fine("it has the bundle that is deployed", found.slice(0, shownHash));
        const evidence = `it has ${found.slice(0, shownHash) || "none"}, deployed is ${wanted.slice(0, shownHash)}`;
        const fix = `Wait two minutes; where it stays so: ${hints.restart(moduleId, namespace)}`;
        return found === ""
          ? wrong("it has no trust bundle", evidence, fix)
          : doubtful("it has another bundle", evidence, fix);
      }),
  },
  {
    id: "link-connection",
    what: "the proxy has reached iotedged over verified TLS",
    help: "It finds iotedged by the Service of that name, and trusts the CAs of its bundle alone.",
    rights: [look.portForward],
    judge: ({ proxy, hints, namespace }) =>
      whenKnown({ proxy }, ({ proxy: { value } }) => {
        if (value.iotedgedReached && value.missing === "") return fine("it has reached iotedged");
        const { says, fix } = explainProxy(value.missing === "" ? undefined : { error: value.missing, cause: "" });
        return wrong(
          says,
          value.missing === "" ? "never reached" : `missing: ${value.missing}`,
          `${fix}: ${hints.edgectl(["check", "-n", namespace])}`,
        );
      }),
  },
  {
    id: "link-authentication",
    what: "iotedged knows the module: TokenReview, namespace, audience and identity",
    help: "A call that every module of the installation may make goes through the module's own proxy. Where iotedged refuses it, its log says by which rule.",
    rights: [look.portForward, look.pods, look.logs],
    judge: (seen) =>
      whenKnown({ identityCall: seen.identityCall }, ({ identityCall }) =>
        judgeCall(identityCall, "iotedged knows it", seen),
      ),
  },
  {
    id: "link-answer",
    what: "iotedged does what only this module may ask for: access, budget and answer",
    help: "The module's identity signs a fixed text, with a key that no module uses. The signature is not shown.",
    rights: [look.portForward, look.accounts, look.pods, look.logs],
    judge: (seen) =>
      whenKnown({ ownCall: seen.ownCall }, ({ ownCall }) => judgeCall(ownCall, "iotedged has signed for it", seen)),
  },
];

const shownHash = 16;

function judgePod(
  { value: state, milliseconds }: NonNullable<Value<ModuleSeen["state"]>>,
  pod: string | undefined,
  seen: ModuleSeen,
): Verdict {
  const { moduleId, hints, namespace } = seen;
  const finding = state.findings.find(({ component, severity }) => component === moduleId && severity === "error");
  if (finding !== undefined) {
    const { id, message, evidence, fix } = finding;
    return { ...wrong(message, evidence, fix), cause: id, milliseconds };
  }
  const component = state.components.find(({ name }) => name === moduleId);
  const isDaemon = component === undefined;
  if (pod !== undefined && (isDaemon || component.ready)) return { ...fine("it runs", pod), milliseconds };
  const reason = component?.reason ?? component?.state ?? "it has no pod";
  return {
    ...wrong(
      `it does not run: ${reason}`,
      pod ?? "no pod",
      `See what becomes of it: ${hints.edgectl(["status", "-n", namespace])}`,
    ),
    milliseconds,
  };
}

type Value<O> = O extends { readonly known: true; readonly value: infer T } ? T : never;

function judgeToken({ tokenNotAfter, missing }: ProxyStatus, now: number, restart: string): Verdict {
  const end = tokenNotAfter * 1000;
  if (tokenNotAfter > 0 && end > now) return fine("it has a token", `until ${new Date(end).toISOString()}`);
  const evidence = tokenNotAfter === 0 ? `missing: ${missing || "token"}` : `it expired ${new Date(end).toISOString()}`;
  return wrong(
    tokenNotAfter === 0 ? "it has no token" : "its token has expired",
    evidence,
    `The kubelet renews it; where it does not: ${restart}`,
  );
}

function judgeCall(
  { value, milliseconds }: Timed<CallAnswer>,
  well: string,
  { hints, moduleId, namespace }: ModuleSeen,
): Verdict {
  if (value.complete) return { ...fine(well, `status ${value.status}`), milliseconds };
  if (value.proxyError !== "") {
    const { says, fix } = explainProxy({ error: value.proxyError, cause: "" });
    const evidence = `status ${value.status}, X-Iotedge-Proxy-Error: ${value.proxyError}`;
    return {
      ...wrong(
        `its proxy has refused the call: ${says}`,
        evidence,
        `${fix}: ${hints.edgectl(["check", "-n", namespace])}`,
      ),
      milliseconds,
    };
  }
  const { link, says, fix } = refusalRule(value.rule ?? ruleOf(value.status));
  const commands: Readonly<Record<string, string>> = {
    up: hints.up,
    restart: hints.restart(moduleId, namespace),
    logs: hints.logs(moduleId, namespace, false),
  };
  const evidence = `status ${value.status}${value.rule === undefined ? "" : `, rule ${value.rule}`}: ${value.message}`;
  const way = fix.replace(/\{(\w+)\}/g, (whole, key: string) => commands[key] ?? whole);
  return { ...wrong(`iotedged has refused it at ${link}: ${says}`, evidence, way), milliseconds };
}

/** What a status alone says, where nobody may read iotedged's log. */
function ruleOf(status: number): string {
  if (status === 401) return "token-refused";
  if (status === 403) return "access-self";
  return status === 429 ? "rate-limited" : "bad-request";
}
