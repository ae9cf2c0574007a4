/** A connection that somebody may want to make. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly port: number | "api" | "dns";
  readonly protocol?: "TCP" | "UDP";
  readonly passes: boolean;
}

/**
 * Hosts: pods of an installation, pods of another namespace (one of which bears EdgeAgent's labels), and what is no pod:
 * the API server, DNS, and a host somewhere else.
 */
export const pods = ["iotedged", "edgeagent", "sensor", "puller", "stranger", "impostor"] as const;
export const others = ["api-server", "dns-server", "outside"] as const;

const passes = (from: string, to: string, port: Flow["port"], protocol?: Flow["protocol"]): Flow => ({
  ...{ from, to, port, passes: true },
  ...(protocol && { protocol }),
});
const dropped = (from: string, to: string, port: Flow["port"], protocol?: Flow["protocol"]): Flow => ({
  ...passes(from, to, port, protocol),
  passes: false,
});

/** What an installation needs: without one of these it does not work. */
const needed: readonly Flow[] = [
  ...["iotedged", "edgeagent"].flatMap((daemon) => [
    passes(daemon, "api-server", "api"),
    passes(daemon, "dns-server", "dns", "UDP"),
    passes(daemon, "dns-server", "dns"),
  ]),
  passes("edgeagent", "iotedged", 35000),
  passes("edgeagent", "iotedged", 35001),
  passes("sensor", "iotedged", 35001),
  // Whoever gathers metrics is in a namespace of their own.
  passes("stranger", "iotedged", 9600),
  passes("stranger", "edgeagent", 9600),
  passes("stranger", "edgeagent", 9601),
  // Modules are left alone. The API server answers nobody without a token, and they have none.
  passes("sensor", "outside", 8883),
  passes("sensor", "api-server", "api"),
];

/** What nobody must be able to do. */
const closed: readonly Flow[] = [
  dropped("sensor", "iotedged", 35000),
  dropped("sensor", "iotedged", 8080),
  dropped("sensor", "edgeagent", 35001),
  dropped("sensor", "edgeagent", 8080),
  ...["stranger", "impostor", "outside"].flatMap((from) => [
    dropped(from, "iotedged", 35000),
    dropped(from, "iotedged", 35001),
    dropped(from, "edgeagent", 8080),
  ]),
  ...["iotedged", "edgeagent"].flatMap((daemon) => [
    dropped(daemon, "outside", 8883),
    dropped(daemon, "sensor", 8080),
    dropped(daemon, "stranger", 8080),
    dropped(daemon, "outside", 8080, "UDP"),
  ]),
  dropped("iotedged", "edgeagent", 8080),
  dropped("puller", "api-server", "api"),
  dropped("puller", "dns-server", "dns", "UDP"),
  dropped("puller", "outside", 8883),
  dropped("puller", "iotedged", 35001),
  dropped("sensor", "puller", 8080),
];

/** What every installation lets pass and drops, whatever its setting. */
export const everyFlow: readonly Flow[] = [...needed, ...closed];

/** Where addresses are pinned: that of another host is closed at the API server's port, too. */
export const pinnedFlows: readonly Flow[] = ["iotedged", "edgeagent"].map((daemon) =>
  dropped(daemon, "outside", "api"),
);

/** Where a setting does not fit the cluster: what is cut off. */
export const cutOff: readonly Flow[] = ["iotedged", "edgeagent"].flatMap((daemon) => [
  dropped(daemon, "api-server", "api"),
  dropped(daemon, "dns-server", "dns", "UDP"),
  dropped(daemon, "dns-server", "dns"),
]);

export function describeFlow({ from, to, port, protocol = "TCP", passes: is }: Flow): string {
  return `${from} to ${to} ${protocol} ${port} ${is ? "passes" : "is dropped"}`;
}
