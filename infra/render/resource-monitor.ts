import { DeclaredObjects } from "./declared-objects.ts";
import { renderErrors } from "./errors.ts";
import { isKubernetesObjectType, type RenderedObject } from "./kubernetes-object.ts";
import { type ResourceRequest, resolveAliases } from "./resource-request.ts";
import type { StateStore } from "./state-store.ts";
import type { TlsEnvironment } from "./tls/environment.ts";
import { isTlsResource, resolveTlsResource } from "./tls/resource.ts";
import { makeUrn, stackType } from "./urn.ts";
import { formatPath, markSecret, type PropertyMap, type Revealed, reveal, UnsupportedValue } from "./values.ts";

export interface Registration {
  readonly urn: string;
  /** Undefined while unknown, and of components. */
  readonly id: string | undefined;
  readonly outputs: PropertyMap;
}

export interface MonitorOptions {
  readonly project: string;
  readonly stack: string;
  readonly preview: boolean;
  /** Packages whose default provider the stack forbids; `*` for all. */
  readonly disabledDefaultProviders: readonly string[];
  readonly state: StateStore;
  readonly tls: TlsEnvironment;
}

const providerType = /^pulumi:providers:(kubernetes|tls)$/;

/** What Pulumi's engine does with resources, as far as it needs no cluster: names them, and computes their outputs. */
export class ResourceMonitor {
  readonly #options: MonitorOptions;
  readonly #aliases = new Map<string, readonly string[]>();
  readonly #objects = new DeclaredObjects();
  /** The outermost component around a resource, or the component itself; by URN. */
  readonly #owners = new Map<string, string>();
  #stackUrn: string | undefined;
  #stackOutputs: Revealed = { value: {}, secrets: [], unknowns: [] };

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  /** Objects in the order of registration. */
  get objects(): readonly RenderedObject[] {
    return this.#objects.all;
  }

  get stackOutputs(): Revealed {
    return this.#stackOutputs;
  }

  /**
   * URNs of kept keys and certificates that the program does not declare any more, while it does declare the component
   * that they belonged to.
   */
  get unused(): readonly string[] {
    return [...this.#options.state.entries()]
      .filter(([urn, { owner }]) => owner !== undefined && this.#aliases.has(owner) && !this.#aliases.has(urn))
      .map(([urn]) => urn);
  }

  async register(request: ResourceRequest): Promise<Registration> {
    const urn = makeUrn(this.#options.stack, this.#options.project, request);
    if (this.#aliases.has(urn)) throw renderErrors.EDGE_RENDER_DUPLICATE_URN({ urn });
    const aliases = resolveAliases(request, this.#options, this.#aliases.get(request.parent) ?? []);
    this.#aliases.set(urn, aliases);
    refuseForeign(urn, request);
    if (request.type === stackType) this.#stackUrn = urn;
    else this.#setOwner(urn, request);
    if (!request.custom) return { urn, id: undefined, outputs: request.inputs };
    return { urn, ...(await this.#create(urn, aliases, request)) };
  }

  /** Only those of the stack itself are kept. */
  registerOutputs(urn: string, outputs: PropertyMap): void {
    if (urn === this.#stackUrn) this.#stackOutputs = this.#reveal(urn, outputs);
  }

  #setOwner(urn: string, { parent, custom }: ResourceRequest): void {
    const owner = this.#owners.get(parent) ?? (custom ? undefined : urn);
    if (owner !== undefined) this.#owners.set(urn, owner);
  }

  async #create(urn: string, aliases: readonly string[], request: ResourceRequest) {
    if (providerType.test(request.type)) {
      this.#objects.addProvider(urn, this.#reveal(urn, request.inputs));
      return { id: request.name, outputs: request.inputs };
    }
    refuseDefaultProvider(urn, request, this.#options.disabledDefaultProviders);
    if (isTlsResource(request.type)) return this.#createTls(urn, aliases, request);
    if (isKubernetesObjectType(request.type)) {
      const { id, outputs } = this.#objects.add(urn, request, this.#reveal(urn, request.inputs));
      // A deployment knows the id of what it has made, a preview does not.
      return { id: this.#options.preview ? undefined : id, outputs };
    }
    throw renderErrors.EDGE_RENDER_UNSUPPORTED_RESOURCE({ urn, type: request.type });
  }

  async #createTls(urn: string, aliases: readonly string[], request: ResourceRequest) {
    const { state, tls, preview } = this.#options;
    const inputs = this.#reveal(urn, request.inputs);
    const result = await resolveTlsResource(
      {
        urn,
        aliases,
        type: request.type,
        inputs: inputs.value as PropertyMap,
        inputsKnown: inputs.unknowns.length === 0,
        preview,
        owner: this.#owners.get(urn),
      },
      state,
      tls,
    );
    const secretKeys = new Set([...inputs.secrets.map(([key]) => key), ...request.additionalSecretOutputs]);
    return { id: result.id, outputs: markSecret(result.outputs, secretKeys) };
  }

  #reveal(urn: string, inputs: PropertyMap): Revealed {
    const revealed = revealOrExplain(urn, inputs);
    const unknown = revealed.unknowns[0];
    if (unknown !== undefined && !this.#options.preview) {
      throw renderErrors.EDGE_RENDER_UNKNOWN_VALUE({ urn, path: formatPath(unknown) });
    }
    return revealed;
  }
}

function refuseForeign(urn: string, { remote, importId }: ResourceRequest): void {
  const operation = remote
    ? "construction by another process"
    : importId === ""
      ? undefined
      : `import of "${importId}"`;
  if (operation !== undefined) throw renderErrors.EDGE_RENDER_UNSUPPORTED_OPERATION({ operation, target: urn });
}

function refuseDefaultProvider(urn: string, { type, provider }: ResourceRequest, disabled: readonly string[]): void {
  const [name = ""] = type.split(":");
  if (provider === "" && (disabled.includes(name) || disabled.includes("*"))) {
    throw renderErrors.EDGE_RENDER_DEFAULT_PROVIDER({ urn, package: name });
  }
}

function revealOrExplain(urn: string, inputs: PropertyMap): Revealed {
  try {
    return reveal(inputs);
  } catch (error) {
    if (!(error instanceof UnsupportedValue)) throw error;
    const path = formatPath(error.path);
    throw renderErrors.EDGE_RENDER_UNSUPPORTED_VALUE({ urn, path, kind: "an asset or an archive" });
  }
}
