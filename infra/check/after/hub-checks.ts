import { type HubRecord, systemModuleIds } from "#contract";
import type { TwinState } from "../../deploy/index.ts";
import { commandOf } from "../judge/commands.ts";
import { closedToHub, type NeededPort, neededPorts } from "../judge/hub-ports.ts";
import { hubProblem } from "../judge/hub-problems.ts";
import type { Check } from "../model/check.ts";
import { whenKnown } from "../model/observed.ts";
import { look } from "../model/rights.ts";
import { doubtful, fine, firstOf, type Verdict, wrong } from "../model/verdict.ts";
import type { AfterSeen } from "./observations.ts";

/** After so long without a word there is something wrong. */
const patience = 5 * 60_000;
const contested = "EDGE_HUB_CONNECTION_CONTESTED";
const rights = [look.configMaps];

/** From the device's credential to the manifest in force, link by link. Of an installation that stands alone nothing is said. */
export const hubChecks: readonly Check<AfterSeen>[] = [
  {
    id: "hub-credential",
    what: "a connected installation has a credential that its IoT Hub takes",
    help: "iotedged alone mounts it, from the Secret of `provisioning.existingSecret`. It says what is wrong with it, without its content. What a hub says of a key that is old and of a device that is disabled is mostly the same.",
    rights,
    judge: (seen) => ofHub(seen, (record) => ofLink(record, "credential", "the hub takes the credential", seen)),
  },
  {
    id: "hub-reached",
    what: "iotedged of a connected installation reaches its IoT Hub",
    help: "By HTTPS at port 443. While the hub is away, modules run on; new ones wait for their key for two minutes at most.",
    rights,
    judge: (seen) => ofHub(seen, (record) => ofLink(record, "way", "the hub is reached", seen)),
  },
  {
    id: "hub-network",
    what: "the installation's NetworkPolicies let its daemons reach IoT Hub",
    help: "iotedged needs port 443, EdgeAgent 8883, or 443 with `upstreamProtocol: MqttWs`, of any address, since a hub's is not known beforehand; with `httpsProxy` the proxy's in place of 443, and 443 as well where `noProxy` has the host. A deployment opens them for a connected installation. Firewalls outside of the cluster are seen by `hub-reached` alone.",
    rights: [look.networkPolicies, look.configMaps],
    judge: (seen) =>
      whenKnown({ hub: seen.hub, state: seen.state, policies: seen.networkPolicies }, ({ hub, state, policies }) => {
        if (hub === undefined) return alone;
        const needed = neededPorts({ ...hub, hubHostname: hub.hubHostname ?? state.hub?.hubHostname });
        const closed = closedToHub(policies, needed).map((one) => `${one.policy} closes ${portOf(one)}`);
        if (closed.length === 0)
          return fine(
            "the ports that the hub needs are open",
            needed.map((one) => `${one.policy}: ${portOf(one)}`).join(", "),
          );
        return wrong(
          `NetworkPolicies keep the hub away: ${closed.join(", ")}`,
          firstOf(closed),
          `Bring them back: ${seen.hints.up}`,
        );
      }),
  },
  {
    id: "hub-identities",
    what: "IoT Hub has an identity of each module of a connected installation, with the key that iotedged signs with",
    help: "`foreign`: somebody else has made the identity there, and it is left alone. `refused`: the hub does not take it; a device has room for 50 modules. `waiting`: iotedged writes one a second.",
    rights,
    judge: (seen) => ofHub(seen, (record) => ofIdentities(record, seen)),
  },
  {
    id: "hub-twin",
    what: "EdgeAgent of a connected installation is connected to IoT Hub as `$edgeAgent`, and nobody else is",
    help: "By MQTT at port 8883, with a token that iotedged signs. A hub has one connection of each module: two installations of one device cut each other off for ever.",
    rights,
    judge: (seen) => ofTwin(seen, (twin) => ofConnection(twin, seen)),
  },
  {
    id: "hub-manifest",
    what: "the desired properties that EdgeAgent has read last are in force, and IoT Hub was told so",
    help: "`lastDesiredVersion` of the reported properties is what the hub shows as applied. Why a manifest is refused is told by `manifest`.",
    rights,
    judge: (seen) => ofTwin(seen, (twin) => ofVersions(twin, seen)),
  },
];

function portOf({ port, address }: NeededPort): string {
  return `port ${port}${address === undefined ? "" : ` of ${address}`}`;
}

const alone = fine("the installation stands alone");

function ofHub(seen: AfterSeen, judge: (record: HubRecord) => Verdict | readonly Verdict[]) {
  return whenKnown({ hub: seen.hub, state: seen.state }, ({ hub, state }) => {
    if (hub === undefined) return alone;
    return state.hub === undefined ? silent("iotedged", "iotedged-trust", seen) : judge(state.hub);
  });
}

function ofTwin(seen: AfterSeen, judge: (twin: TwinState) => Verdict) {
  return whenKnown({ hub: seen.hub, state: seen.state }, ({ hub, state }) => {
    if (hub === undefined) return alone;
    if (!state.components.some(({ component }) => component === "edgeagent")) return fine("EdgeAgent is turned off");
    return state.twin === undefined ? silent("EdgeAgent", "edgeagent-status", seen) : judge(state.twin);
  });
}

function silent(who: string, configMap: string, { namespace, hints }: AfterSeen): Verdict {
  const fix = `Wait; where it stays so, see whether it runs: ${commandOf(hints, "status", namespace)}`;
  return doubtful(`${who} has not said how it stands with the hub`, `ConfigMap ${configMap} in ${namespace}`, fix);
}

function ofLink(
  { state, since, problem }: HubRecord,
  link: "credential" | "way",
  well: string,
  seen: AfterSeen,
): Verdict {
  if (problem !== undefined) {
    const { link: concerned, severity, fix } = hubProblem(problem.code);
    if (concerned !== link) return fine(link === "way" ? well : "nothing is known against the credential");
    return {
      severity,
      message: problem.message,
      evidence: `${problem.code} since ${since}`,
      fix: fix(seen),
    };
  }
  if (state === "connected") return fine(well, `since ${since}`);
  if (seen.now - Date.parse(since) < patience) return fine("iotedged begins to call the hub", `since ${since}`);
  const fix = `See why: ${seen.hints.kubectl} logs deployment/iotedged -n ${seen.namespace}`;
  return doubtful("iotedged has not called the hub", `${state} since ${since}`, fix);
}

const placesOf: Readonly<Record<"foreign" | "refused", string>> = {
  foreign: "the hub has an identity of it that is somebody else's",
  refused: "the hub refuses its identity",
};

function ofIdentities({ identities, state }: HubRecord, { namespace, hints }: AfterSeen): readonly Verdict[] {
  const bad = identities.flatMap(({ moduleId, state: is }) => {
    if (is === "ready" || is === "waiting") return [];
    // A hub makes these with a device of IoT Edge, and iotedged with none.
    const isOfDevice = Object.values<string>(systemModuleIds).includes(moduleId);
    const way =
      is === "refused" && isOfDevice
        ? "Make the device, or its enrollment, anew with `--edge-enabled`"
        : "See `az iot hub module-identity list`: give the module another id, or delete what is in its way";
    const fix = `${way}; then look again: ${commandOf(hints, "check", namespace)}`;
    return [
      {
        ...wrong(`${placesOf[is]}: it has no way to the hub`, `identity ${moduleId}: ${is}`, fix),
        component: moduleId,
      },
    ];
  });
  if (bad.length > 0) return bad;
  const waiting = identities.filter((one) => one.state === "waiting").map(({ moduleId }) => moduleId);
  if (waiting.length === 0) return [fine(`${identities.length} identities are ready`)];
  const fix =
    state === "connected"
      ? `Wait ${waiting.length} seconds; where it stays so: ${commandOf(hints, "status", namespace)}`
      : "Wait until the hub is reached";
  return [doubtful(`${waiting.length} modules wait for their key in the hub`, firstOf(waiting), fix)];
}

function ofConnection({ state, since, problem }: TwinState, { now, namespace, hints }: AfterSeen): Verdict {
  const evidence = [problem?.code ?? state, `since ${since}`].join(" ");
  if (state === "connected") return fine("EdgeAgent is connected", evidence);
  const log = `${hints.kubectl} logs deployment/edgeagent -c edgeagent -n ${namespace}`;
  if (problem?.code === contested) {
    const fix = `End the other one, or give this installation a device of its own; how it comes back: ${log}`;
    return wrong(`another client connects as this device's $edgeAgent: ${problem.message}`, evidence, fix);
  }
  if (problem !== undefined)
    return wrong(
      `EdgeAgent is not connected: ${problem.message}`,
      evidence,
      `It tries again by itself. Its log: ${log}`,
    );
  if (now - Date.parse(since) < patience) return fine("EdgeAgent begins to connect", evidence);
  return doubtful("EdgeAgent has not connected yet", evidence, `See why: ${log}`);
}

const [notRead, nothing] = [406, 417];

function ofVersions({ desiredVersion, reportedVersion, code, state }: TwinState, seen: AfterSeen): Verdict {
  const { namespace, hints } = seen;
  const evidence = `desired ${desiredVersion ?? "unknown"}, reported ${reportedVersion ?? "none"}, status ${code}`;
  const look = commandOf(hints, "status", namespace);
  if (code === notRead)
    return doubtful(
      "the desired properties were not read since EdgeAgent started",
      evidence,
      `See hub-twin; then: ${look}`,
    );
  if (code === nothing) {
    const fix = `Set modules by \`az iot edge set-modules\`, or a deployment of the hub; then: ${look}`;
    return doubtful("the hub desires no modules", evidence, fix);
  }
  if (desiredVersion === reportedVersion) return fine("the hub was told of the newest version", evidence);
  const why = state === "connected" ? "yet" : "since EdgeAgent is not connected";
  return doubtful(
    `the hub was not told of version ${desiredVersion} ${why}`,
    evidence,
    `Wait; where it stays so: ${look}`,
  );
}
