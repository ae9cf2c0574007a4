/** A room: a folder directly below `infra` or `runtime`, entered by its index. */
export interface Room {
  readonly path: string;
  /** What is in it, in one line. */
  readonly sign: string;
}

/**
 * The house, from its ground floor up. A room's imports run downwards: to rooms of lower floors, never to its own floor.
 * dependency-cruiser's rules and the picture in ARCHITECTURE.md are made from this list.
 */
export const floors: readonly (readonly Room[])[] = [
  [
    { path: "runtime/base", sign: "coded errors, JSON, problems of documents, clocks, waiting, locks, atomic files" },
    {
      path: "runtime/contract",
      sign: "names, ports, labels, settings, permissions, redaction: what infra and runtime agree on",
    },
    { path: "runtime/sample-module", sign: "sensor, consumer and hub of the examples, on the unmodified SDKs" },
  ],
  [
    { path: "runtime/manifest", sign: "deployment manifests: parser and policy; pure" },
    { path: "runtime/shared", sign: "watched objects, leader election, settings, logs and health of the daemons" },
    {
      path: "runtime/iot-hub",
      sign: "what IoT Hub and its provisioning service speak: tokens, HTTPS, MQTT; no Kubernetes",
    },
    { path: "runtime/proxy", sign: "the sidecar: module on localhost to iotedged over TLS" },
    { path: "infra/trust-model", sign: "roots, bundles, order of steps, periods: pure" },
    { path: "infra/terminal", sign: "what a command has of the terminal: context, tables, progress, errors" },
    { path: "infra/kubernetes", sign: "a cluster's API as edgectl calls it" },
    { path: "infra/render", sign: "runs the Pulumi program without Pulumi and yields Kubernetes objects" },
    { path: "infra/image-copy", sign: "`edgectl images save|load|mirror`: between registries and files, digests kept" },
    { path: "infra/new-project", sign: "`edgectl init`: a project for who uses the npm package" },
    { path: "infra/package", sign: "compiles the project and packs it for npm" },
    { path: "infra/local-cluster", sign: "a real single-node Kubernetes on this machine" },
  ],
  [
    {
      path: "runtime/iotedged",
      sign: "the daemon: who calls, may they, keys, certificates, audit, both APIs, EdgeAgent's keeper",
    },
    { path: "runtime/edge-agent", sign: "makes a deployment manifest's modules run" },
    { path: "runtime/images", sign: "builds and pushes the images, with no container engine" },
    {
      path: "infra/web-page",
      sign: "what pages have in common: HTML that escapes all text, colours, what may be loaded",
    },
    {
      path: "infra/gitops",
      sign: "`edgectl render --gitops`: manifests without keys, in a folder with a kustomization",
    },
    { path: "infra/installation", sign: "EdgeInstallation, the Pulumi component" },
    { path: "infra/manifest-check", sign: "judges deployment manifests offline, as EdgeAgent would" },
    {
      path: "infra/state",
      sign: "`edgectl state`: keys of deployments without Pulumi, encrypted, where a team has them",
    },
    { path: "infra/rbac", sign: "reads, compares and judges who may do what" },
  ],
  [
    { path: "infra/deploy", sign: "deploys a stack and takes it down: target, engines, guard, live call" },
    { path: "infra/config", sign: "a stack's configuration, checked as a whole" },
    { path: "infra/migration", sign: "`edgectl migrate`: a stack of what a device or Azure's preview was set up by" },
    { path: "infra/provider", sign: "EdgeInstallation for every language of Pulumi, as a plugin" },
    { path: "infra/policy", sign: "the policy pack for `pulumi preview`" },
  ],
  [
    { path: "infra/check", sign: "what is wrong before a deployment and after it, link by link, and what to do" },
    {
      path: "infra/provisioning",
      sign: "`edgectl provisioning check`: what is wrong with a device's credential, before anything is deployed",
    },
    { path: "infra/modules", sign: "what runs: tree, events, logs and restart of modules" },
  ],
  [
    { path: "infra/support-bundle", sign: "collects what a report of a defect needs, without secrets" },
    { path: "infra/rollout", sign: "many clusters in waves: plan, gates, journal, locks, drivers" },
  ],
  [
    { path: "infra/trust", sign: "status, rotation and revocation of CAs, of one stack and of a fleet" },
    {
      path: "infra/console",
      sign: "`edgectl console`: a page of this machine that shows what runs, and changes nothing",
    },
  ],
  [{ path: "infra/edgectl", sign: "the command line: main, and the commands that belong to no capability" }],
];

/** Rooms of runtime that infra may enter. They enter no other room of runtime. */
export const sharedWithInfra: readonly string[] = [
  ...["runtime/base", "runtime/contract", "runtime/manifest"],
  // By which `edgectl provisioning check` calls a hub as iotedged does.
  "runtime/iot-hub",
];
