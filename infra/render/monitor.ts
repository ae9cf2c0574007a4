import { renderErrors } from "./errors.ts";
import {
  describeObject,
  isKubernetesObjectType,
  type KubernetesProvider,
  type RenderedObject,
  toKubernetesObject,
} from "./kubernetes-object.ts";
import type { StateStore } from "./state-store.ts";
import type { TlsEnvironment } from "./tls/environment.ts";
import { isTlsResource, resolveTlsResource } from "./tls/resource.ts";
import { makeUrn, stackType } from "./urn.ts";
import {
  formatPath,
  isMap,
  type PropertyMap,
  type Revealed,
  reveal,
  secret,
  UnsupportedValue,
  unknownValue,
  type Value,
} from "./values.ts";

/** A resource as the program registers it. */
export interface ResourceRequest {
  readonly type: string;
  readonly name: string;
  /** URN; empty for none. */
  readonly parent: string;
  readonly custom: boolean;
  /** Whether a component is built by another process. */
  readonly remote: boolean;
  readonly inputs: PropertyMap;
  /** `<urn>::<id>`; empty for the default provider. */
  readonly provider: string;
  readonly importId: string;
  readonly additionalSecretOutputs: readonly string[];
  readonly aliases: readonly Alias[];
}

/** An earlier identity of a resource: a URN, or what was different then. */
export type Alias =
  | { readonly urn: string }
  | {
      readonly name?: string | undefined;
      readonly type?: string | undefined;
      readonly stack?: string | undefined;
      readonly project?: string | undefined;
      /** Empty: it had no parent. Undefined: it had the same. */
      readonly parent?: string | undefined;
    };

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
  readonly #providers = new Map<string, KubernetesProvider>();
  readonly #objects = new Map<string, RenderedObject>();
  /** The outermost component around a resource, or the component itself; by URN. */
  readonly #owners = new Map<string, string>();
  #stackUrn: string | undefined;
  #stackOutputs: Revealed = { value: {}, secrets: [], unknowns: [] };

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  /** Objects in the order of registration. */
  get objects(): readonly RenderedObject[] {
    return [...this.#objects.values()];
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
    const { stack, project } = this.#options;
    const urn = makeUrn(stack, project, request);
    if (this.#aliases.has(urn)) throw renderErrors.EDGE_RENDER_DUPLICATE_URN({ urn });
    const aliases = this.#resolveAliases(request);
    this.#aliases.set(urn, aliases);
    this.#refuseForeign(urn, request);
    if (request.type === stackType) this.#stackUrn = urn;
    else this.#setOwner(urn, request);
    if (!request.custom) return { urn, id: undefined, outputs: request.inputs };
    if (providerType.test(request.type)) return this.#registerProvider(urn, request);
    const outputs = await this.#create(urn, aliases, request);
    return { urn, ...outputs };
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
    this.#requireProvider(urn, request);
    if (isTlsResource(request.type)) return this.#createTls(urn, aliases, request);
    if (isKubernetesObjectType(request.type)) return this.#createObject(urn, request);
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

  #createObject(urn: string, request: ResourceRequest) {
    const provider = this.#providers.get(providerUrn(request.provider)) ?? {};
    const rendered = toKubernetesObject(urn, this.#reveal(urn, request.inputs), provider);
    const identity = describeObject(rendered.object);
    const first = this.#objects.get(identity);
    if (first !== undefined && !identity.includes(unknownValue)) {
      throw renderErrors.EDGE_RENDER_DUPLICATE_OBJECT({ object: identity, first: first.urn, second: urn });
    }
    this.#objects.set(first === undefined ? identity : `${identity} ${urn}`, rendered);
    const { name, namespace } = rendered.object.metadata;
    const metadata = withNamespace(request.inputs.metadata, namespace);
    const outputs = markSecret({ ...request.inputs, metadata }, new Set(request.additionalSecretOutputs));
    // A deployment knows the id of what it has made, a preview does not.
    const id = this.#options.preview ? undefined : namespace === undefined ? name : `${namespace}/${name}`;
    return { id, outputs };
  }

  #registerProvider(urn: string, request: ResourceRequest): Registration {
    const { namespace } = this.#reveal(urn, request.inputs).value as PropertyMap;
    this.#providers.set(urn, typeof namespace === "string" && namespace !== "" ? { namespace } : {});
    return { urn, id: request.name, outputs: request.inputs };
  }

  #reveal(urn: string, inputs: PropertyMap): Revealed {
    const revealed = revealOrExplain(urn, inputs);
    const unknown = revealed.unknowns[0];
    if (unknown !== undefined && !this.#options.preview) {
      throw renderErrors.EDGE_RENDER_UNKNOWN_VALUE({ urn, path: formatPath(unknown) });
    }
    return revealed;
  }

  #refuseForeign(urn: string, request: ResourceRequest): void {
    if (request.remote) {
      throw renderErrors.EDGE_RENDER_UNSUPPORTED_OPERATION({
        operation: "construction by another process",
        target: urn,
      });
    }
    if (request.importId !== "") {
      throw renderErrors.EDGE_RENDER_UNSUPPORTED_OPERATION({
        operation: `import of "${request.importId}"`,
        target: urn,
      });
    }
  }

  #requireProvider(urn: string, request: ResourceRequest): void {
    const [name = ""] = request.type.split(":");
    const disabled = this.#options.disabledDefaultProviders;
    if (request.provider === "" && (disabled.includes(name) || disabled.includes("*"))) {
      throw renderErrors.EDGE_RENDER_DEFAULT_PROVIDER({ urn, package: name });
    }
  }

  /** Own aliases, and what the resource was called when its parent had another name. */
  #resolveAliases(request: ResourceRequest): readonly string[] {
    const { stack, project } = this.#options;
    const own = request.aliases.map((alias) => {
      if ("urn" in alias) return alias.urn;
      return makeUrn(alias.stack || stack, alias.project || project, {
        type: alias.type || request.type,
        name: alias.name || request.name,
        parent: alias.parent ?? request.parent,
      });
    });
    const inherited = (this.#aliases.get(request.parent) ?? []).map((parent) =>
      makeUrn(stack, project, { type: request.type, name: request.name, parent }),
    );
    return [...own, ...inherited];
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

function markSecret(outputs: PropertyMap, keys: ReadonlySet<string | number | undefined>): PropertyMap {
  return Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => [key, keys.has(key) ? secret(value) : value]),
  );
}

function withNamespace(metadata: Value | undefined, namespace: string | undefined): Value {
  if (!isMap(metadata)) return metadata ?? null;
  return namespace === undefined || metadata.namespace !== undefined ? metadata : { ...metadata, namespace };
}

/** A reference is `<urn>::<id>`, and a URN has `::` inside. */
function providerUrn(reference: string): string {
  return reference.slice(0, Math.max(0, reference.lastIndexOf("::")));
}
