/** What a rule of iotedged's refusals means for who runs the installation. */
export interface RefusalRule {
  /** Link of the chain at which it refuses. */
  readonly link: "token" | "audience" | "namespace" | "identity" | "access" | "budget" | "request";
  /** Whether it stands for something that is set up wrongly, and not for a request that is. */
  readonly isSetup: boolean;
  readonly says: string;
  readonly fix: string;
}

const restart = "Restart the module, so that it has a token of its own: {restart}";

/** By the rule, as docs/audit.md lists them; those of names count as `request`. `{restart}`, `{up}` and `{logs}` are commands. */
export const refusalRules: Readonly<Record<string, RefusalRule>> = {
  "token-missing": rule(
    "token",
    true,
    "no token was shown",
    "Something calls iotedged without a proxy. Call the workload API of localhost instead: {logs}",
  ),
  "token-repeated": rule(
    "token",
    true,
    "more than one token was shown",
    "Something between proxy and iotedged adds a header: see service meshes and gateways of the namespace.",
  ),
  "token-malformed": rule("token", true, "what was shown is no token", restart),
  "token-audience": rule(
    "audience",
    true,
    "the token is for another audience",
    "Let EdgeAgent make the pod anew with the audience of this installation: {restart}",
  ),
  "token-expired": rule("token", true, "the token has expired", restart),
  "token-refused": rule("token", true, "the API server does not know the token", restart),
  "token-pod": rule(
    "token",
    true,
    "the token is bound to no pod",
    "Use the token that the kubelet mounts into the pod, and none that was made by hand.",
  ),
  "token-revoked": rule(
    "token",
    false,
    "the token's pod has ended",
    "Nothing, where a pod was replaced; else see who uses a token of a pod that is gone.",
  ),
  "token-user": rule(
    "identity",
    true,
    "the token's account is no module of this installation",
    "See which account it is, and let EdgeAgent make it: {up}",
  ),
  "token-limited": rule(
    "budget",
    true,
    "too many tokens of its address were refused",
    "See which tokens these were: {logs}",
  ),
  "access-self": rule(
    "access",
    false,
    "it asked in the name of another module, or of an earlier generation of itself",
    "Let it use IOTEDGE_MODULEID and IOTEDGE_MODULEGENERATIONID of its environment; after a restore: {restart}",
  ),
  "access-edgeAgent": rule(
    "access",
    false,
    "it asked for what is EdgeAgent's alone",
    "Change the manifest instead of the module's state: {up}",
  ),
  "access-edgeHub": rule("access", false, "it asked for what is the hub's alone", "Let the hub do it."),
  "feature-off": rule(
    "access",
    false,
    "it asked for something that the installation has turned off",
    "Turn it on in the stack by iotedged.moduleLogs, moduleRestart or supportBundle, then: {up}",
  ),
  "rate-limited": rule(
    "budget",
    true,
    "it asked more often than its budget lets it",
    "Let it ask less, or raise iotedged.requestsPerSecond or certificatesPerMinute in the stack, then: {up}",
  ),
  "bad-request": rule("request", false, "what it sent is not valid", "See its log for iotedged's answer: {logs}"),
  "not-found": rule(
    "request",
    false,
    "there is no such route, module or version",
    "See its log for what it asks for: {logs}",
  ),
  conflict: rule(
    "request",
    false,
    "the module was not in a state for that",
    "See its log for iotedged's answer: {logs}",
  ),
  "method-not-allowed": rule(
    "request",
    false,
    "it asked by a method that iotedged does not have",
    "See its log for what it asks for: {logs}",
  ),
};

const ofName = rule(
  "request",
  false,
  "it asked for a certificate of a name that is not its own",
  "Let it ask for its own id, or allot the name by k8s-extensions.serverNames in its createOptions, then: {up}",
);
const unknownRule = rule(
  "request",
  false,
  "a rule that this edgectl does not know",
  "See docs/audit.md of the version that is deployed.",
);

export function refusalRule(name: string): RefusalRule {
  return refusalRules[name] ?? (name.startsWith("name-") ? ofName : unknownRule);
}

function rule(link: RefusalRule["link"], isSetup: boolean, says: string, fix: string): RefusalRule {
  return { link, isSetup, says, fix };
}
