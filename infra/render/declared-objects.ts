import { renderErrors } from "./errors.ts";
import {
  describeObject,
  type KubernetesProvider,
  type RenderedObject,
  toKubernetesObject,
} from "./kubernetes-object.ts";
import type { ResourceRequest } from "./resource-request.ts";
import { isMap, markSecret, type PropertyMap, type Revealed, unknownValue, type Value } from "./values.ts";

/** The Kubernetes objects that a program declares, each by the provider that it names. */
export class DeclaredObjects {
  readonly #providers = new Map<string, KubernetesProvider>();
  readonly #objects = new Map<string, RenderedObject>();

  /** In the order of registration. */
  get all(): readonly RenderedObject[] {
    return [...this.#objects.values()];
  }

  addProvider(urn: string, inputs: Revealed): void {
    const { namespace } = inputs.value as PropertyMap;
    this.#providers.set(urn, typeof namespace === "string" && namespace !== "" ? { namespace } : {});
  }

  /** @throws EDGE_RENDER_DUPLICATE_OBJECT, and what {@link toKubernetesObject} throws */
  add(urn: string, request: ResourceRequest, inputs: Revealed): { readonly id: string; readonly outputs: PropertyMap } {
    const provider = this.#providers.get(providerUrn(request.provider)) ?? {};
    const rendered = toKubernetesObject(urn, inputs, provider);
    const identity = describeObject(rendered.object);
    const first = this.#objects.get(identity);
    if (first !== undefined && !identity.includes(unknownValue)) {
      throw renderErrors.EDGE_RENDER_DUPLICATE_OBJECT({ object: identity, first: first.urn, second: urn });
    }
    this.#objects.set(first === undefined ? identity : `${identity} ${urn}`, rendered);
    const { name, namespace } = rendered.object.metadata;
    const metadata = withNamespace(request.inputs.metadata, namespace);
    const outputs = markSecret({ ...request.inputs, metadata }, new Set(request.additionalSecretOutputs));
    return { id: namespace === undefined ? name : `${namespace}/${name}`, outputs };
  }
}

function withNamespace(metadata: Value | undefined, namespace: string | undefined): Value {
  if (!isMap(metadata)) return metadata ?? null;
  return namespace === undefined || metadata.namespace !== undefined ? metadata : { ...metadata, namespace };
}

/** A reference is `<urn>::<id>`, and a URN has `::` inside. */
function providerUrn(reference: string): string {
  return reference.slice(0, Math.max(0, reference.lastIndexOf("::")));
}
