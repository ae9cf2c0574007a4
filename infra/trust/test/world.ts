import { bundleHash } from "../../trust-model/index.ts";
import { activeRoot, firstRoots, isTrusted, type TrustRoot } from "../../trust-model/roots.ts";
import { skippedSteps } from "../../trust-model/skipped-steps.ts";
import type { TrustChange } from "../next-step.ts";
import type { ObservedTrust } from "../observed-trust.ts";
import type { Declared, RotationWorld } from "../rotation.ts";

/** A client or server of the world: what it has loaded lags behind what is deployed. */
interface Party {
  readonly name: string;
  bundle: readonly string[];
  issuer: string;
  ca: string;
}

const longAgo = 1;
const farAway = 4_000_000_000_000;

/** An installation in memory, whose pods load what is deployed when the test lets them. */
export class TestWorld implements RotationWorld {
  roots: readonly TrustRoot[] = firstRoots;
  workloadCa = "w1";
  deployed: Declared = { roots: firstRoots, workloadCa: "w1" };
  readonly iotedged: Party = { name: "iotedged-0", bundle: ["r1"], issuer: "r1", ca: "w1" };
  readonly modules: readonly Party[];
  readonly lines: string[] = [];
  readonly forced: string[] = [];
  /** Called before each action, by its name; what it throws cuts the run off. */
  before: (action: "edit" | "edited" | "deploy" | "deployed") => void = () => {};

  constructor(modules = 3) {
    this.modules = Array.from({ length: modules }, (_, index) => ({
      ...{ name: `module-${index}`, bundle: ["r1"], issuer: "r1", ca: "w1" },
    }));
  }

  /** One party takes over what is deployed. */
  load(party: Party, what: "bundle" | "issuer"): void {
    if (what === "bundle") party.bundle = trusted(this.deployed.roots);
    if (what === "bundle") return;
    // A module gets its certificate from iotedged, which has to have the CA first.
    const source = party === this.iotedged ? undefined : this.iotedged;
    party.issuer = source?.issuer ?? activeRoot(this.deployed.roots) ?? party.issuer;
    party.ca = source?.ca ?? this.deployed.workloadCa;
  }

  loadAll(): void {
    for (const party of [this.iotedged, ...this.modules])
      for (const what of ["bundle", "issuer"] as const) this.load(party, what);
  }

  /** Who would refuse whom just now. Empty when every client accepts every certificate. */
  refusals(): readonly string[] {
    return [this.iotedged, ...this.modules].flatMap((server) =>
      this.modules
        .filter(({ bundle }) => !bundle.includes(server.issuer))
        .map((client) => `${client.name} refuses ${server.name}`),
    );
  }

  declared = async () => new Map([["edge-a", { roots: this.roots, workloadCa: this.workloadCa }]]);

  edit = async (changes: ReadonlyMap<string, TrustChange>): Promise<void> => {
    this.before("edit");
    const change = changes.get("edge-a");
    this.roots = change?.roots ?? this.roots;
    this.workloadCa = change?.workloadCa ?? this.workloadCa;
    this.before("edited");
  };

  deploy = async (): Promise<void> => {
    this.before("deploy");
    const declared = { roots: this.roots, workloadCa: this.workloadCa };
    const skipped = skippedSteps({ ...this.deployed, trustedCas: [] }, { ...declared, trustedCas: [] });
    if (skipped.length > 0) throw new Error(skipped[0]?.reason);
    this.deployed = declared;
    this.before("deployed");
  };

  recordForced = async (_: string, step: string): Promise<void> => void this.forced.push(step);

  tell = (line: string): void => void this.lines.push(line);

  observe = async (namespace: string): Promise<ObservedTrust> => {
    const ids = this.deployed.roots.map(({ id }) => id);
    const leafOf = ({ ca, issuer }: Party) => ({ ca: print(ca).slice(0, 16), root: print(issuer).slice(0, 16) });
    const { iotedged } = this;
    return {
      namespace,
      deployed: { ...this.deployed, trustedCas: [] },
      bundleHash: hashOf(trusted(this.deployed.roots)),
      fingerprints: new Map(ids.map((id) => [id, print(id)])),
      workloadCaFingerprint: print(this.deployed.workloadCa),
      bundle: [],
      pods: this.modules.map(({ name }) => ({ uid: name, name })),
      replicas: [iotedged.name],
      record: {
        replicas: {
          [iotedged.name]: {
            bundle: hashOf(iotedged.bundle),
            ...leafOf(iotedged),
            caNotAfter: farAway,
            serving: { ...leafOf(iotedged), notAfter: farAway },
            at: longAgo,
          },
        },
        pods: Object.fromEntries(
          this.modules.map((module) => [
            module.name,
            {
              name: module.name,
              module: module.name,
              bundle: { hash: hashOf(module.bundle), at: longAgo },
              leaves: [
                { kind: "server" as const, name: "00000000", ...leafOf(module), notAfter: farAway, at: longAgo },
              ],
            },
          ]),
        ),
      },
    };
  };
}

const trusted = (roots: readonly TrustRoot[]) => roots.filter(({ state }) => isTrusted(state)).map(({ id }) => id);
const print = (id: string) => bundleHash(id);
const hashOf = (ids: readonly string[]) => bundleHash(ids.join());
