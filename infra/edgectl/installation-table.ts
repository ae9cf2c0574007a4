import type { InstallationState, TwinState } from "../deploy/index.ts";
import { formatTable } from "../terminal/index.ts";
import type { Permission } from "./permission-table.ts";

/** What runs: one line per component. What waits is explained below the table. */
export function formatInstallations(states: readonly InstallationState[]): string {
  const rows = states.flatMap(({ namespace, components }) =>
    components.map(({ component, name, state, restarts, image }) => [
      namespace,
      component === "module" ? "module" : "daemon",
      name,
      state,
      String(restarts),
      image === "" ? "-" : withShortDigest(image),
    ]),
  );
  return formatTable(["NAMESPACE", "KIND", "NAME", "STATE", "RESTARTS", "IMAGE"], rows);
}

/** How connected installations fare with their hubs, one line each, and below it what a person has to look at. */
export function formatHubs(states: readonly InstallationState[]): readonly string[] {
  return states.flatMap(({ namespace, hub, twin }) => {
    if (hub === undefined) return [];
    const { hubHostname = "a hub that is not known yet", state, since, problem, identities } = hub;
    const { deviceId = hub.registration?.registrationId ?? "" } = hub;
    const ready = identities.filter((one) => one.state === "ready").length;
    const others = identities.filter((one) => one.state !== "ready").map((one) => `${one.moduleId} ${one.state}`);
    const places = others.length === 0 ? "" : ` (${others.join(", ")})`;
    return [
      `  ${namespace}: ${state} since ${since}, device ${deviceId} of ${hubHostname}, ${ready} of ${identities.length} identities ready${places}`,
      ...(problem === undefined ? [] : [`    ${problem.code}: ${problem.message}`]),
      ...(twin === undefined ? [] : twinLines(twin)),
    ];
  });
}

/** What the hub desires, and what it has been told of it. */
function twinLines({ state, since, problem, desiredVersion, reportedVersion, code }: TwinState): readonly string[] {
  const desired = desiredVersion === undefined ? "no desired version was read" : `desired version ${desiredVersion}`;
  const reported = reportedVersion === undefined ? "none reported" : `${reportedVersion} reported, status ${code}`;
  return [
    `    EdgeAgent: ${state} since ${since}, ${desired}, ${reported}`,
    ...(problem === undefined ? [] : [`      ${problem.code}: ${problem.message}`]),
  ];
}

/** As much of a digest as tells images apart; `--json` has all of it. */
export function withShortDigest(image: string): string {
  return image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]{52}$/, "$1");
}

/** Who may do what: a subject's name stands only in the first of its lines. */
export function formatPermissions(permissions: readonly Permission[]): string {
  const rows = permissions.flatMap(({ subject, where, role, rules }, index) => {
    const previous = permissions[index - 1];
    return rules.map((rule, line) => [
      line === 0 && previous?.subject !== subject ? subject : "",
      line === 0 ? where : "",
      line === 0 ? role : "",
      rule,
    ]);
  });
  return formatTable(["SUBJECT", "WHERE", "BY", "MAY"], rows);
}
