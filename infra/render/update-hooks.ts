import type { Callback } from "@pulumi/pulumi/proto/callback_pb.js";
import type { RegisterResourceHookRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import resource from "@pulumi/pulumi/proto/resource_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { renderErrors } from "./errors.ts";
import type { StateStore } from "./state-store.ts";
import { compactJson, type PropertyMap, reveal } from "./values.ts";

type Invoke = (callback: Callback, request: Uint8Array) => Promise<Uint8Array>;

/** A resource that is about to get new inputs. */
export interface ResourceUpdate {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Names of its hooks. */
  readonly hooks: readonly string[];
  readonly inputs: PropertyMap;
}

/**
 * Hooks that the program attached to resources, to be asked before an update. What a resource was before is what the
 * last rendering made of it; resources without hooks are not remembered.
 */
export class UpdateHooks {
  readonly #callbacks = new Map<string, RegisterResourceHookRequest>();
  readonly #invoke: Invoke;
  readonly #state: StateStore;
  readonly #preview: boolean;

  constructor(options: { readonly invoke: Invoke; readonly state: StateStore; readonly preview: boolean }) {
    this.#invoke = options.invoke;
    this.#state = options.state;
    this.#preview = options.preview;
  }

  register(hook: RegisterResourceHookRequest): void {
    this.#callbacks.set(hook.getName(), hook);
  }

  /**
   * Asks the hooks of a resource, and remembers its inputs.
   *
   * @throws EDGE_RENDER_UPDATE_REFUSED when a hook objects
   */
  async beforeUpdate(update: ResourceUpdate): Promise<void> {
    if (update.hooks.length === 0) return;
    const { secrets } = reveal(update.inputs);
    const [secretPath] = secrets;
    if (secretPath !== undefined) refuse("hook on a resource with a secret", update.urn);
    const text = compactJson(update.inputs);
    const before = this.#state.get(update.urn)?.outputs.inputs;
    if (typeof before === "string" && before !== text) await this.#ask(update, JSON.parse(before) as PropertyMap);
    if (this.#preview || before === text) return;
    this.#state.set(update.urn, { type: update.type, inputs: "", id: update.name, outputs: { inputs: text } });
  }

  async #ask(update: ResourceUpdate, before: PropertyMap): Promise<void> {
    for (const name of update.hooks) {
      const hook = this.#callbacks.get(name);
      const callback = hook?.getCallback();
      if (hook === undefined || callback === undefined) continue;
      if (this.#preview && !hook.getOnDryRun()) continue;
      const answer = await this.#invoke(callback, requestOf(update, before).serializeBinary());
      const problem = resource.ResourceHookResponse.deserializeBinary(answer).getError();
      if (problem !== "" && !hook.getIgnoreErrors()) {
        throw renderErrors.EDGE_RENDER_UPDATE_REFUSED({ urn: update.urn, problem });
      }
    }
  }
}

type StructInput = Parameters<typeof struct.Struct.fromJavaScript>[0];

function requestOf({ urn, type, name, inputs }: ResourceUpdate, before: PropertyMap) {
  const request = new resource.ResourceHookRequest();
  request.setUrn(urn);
  request.setType(type);
  request.setName(name);
  request.setNewInputs(struct.Struct.fromJavaScript(inputs as StructInput));
  request.setOldInputs(struct.Struct.fromJavaScript(before as StructInput));
  return request;
}

/** Names of the hooks to ask before an update. There are no other moments here: nothing is created or deleted. */
export function updateHooksOf(call: RegisterResourceRequest, urn: string): readonly string[] {
  const binding = call.getHooks();
  if (binding === undefined) return [];
  const others = [
    binding.getBeforeCreateList(),
    binding.getAfterCreateList(),
    binding.getAfterUpdateList(),
    binding.getBeforeDeleteList(),
    binding.getAfterDeleteList(),
  ];
  if (others.some((names) => names.length > 0)) refuse("hook other than beforeUpdate", urn);
  return binding.getBeforeUpdateList();
}

function refuse(operation: string, target: string): never {
  throw renderErrors.EDGE_RENDER_UNSUPPORTED_OPERATION({ operation, target });
}
