import { credentials } from "@grpc/grpc-js";
import { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb.js";
import type { Callback } from "@pulumi/pulumi/proto/callback_pb.js";
import callbacks from "@pulumi/pulumi/proto/callback_pb.js";
import type { RegisterResourceRequest, TransformResourceOptions } from "@pulumi/pulumi/proto/resource_pb.js";
import resource from "@pulumi/pulumi/proto/resource_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { type ResourceRequest, readAlias, readProperties } from "./resource-request.ts";

type Invoke = (callback: Callback, request: Uint8Array) => Promise<Uint8Array>;

/**
 * Transforms that the program registers on resources and on the whole stack. A resource's own run first, then those of
 * its parents from the nearest up, then those of the stack, each on what the one before returned.
 */
export class Transforms {
  readonly #stack: Callback[] = [];
  readonly #resources = new Map<string, { readonly parent: string; readonly callbacks: readonly Callback[] }>();
  readonly #invoke: Invoke;

  constructor(invoke: Invoke) {
    this.#invoke = invoke;
  }

  addForStack(callback: Callback): void {
    this.#stack.push(callback);
  }

  /** Lets the transforms of a resource reach the children that it gets later. */
  remember(urn: string, call: RegisterResourceRequest): void {
    this.#resources.set(urn, { parent: call.getParent(), callbacks: call.getTransformsList() });
  }

  async apply(call: RegisterResourceRequest, request: ResourceRequest): Promise<ResourceRequest> {
    const pending = [...call.getTransformsList(), ...this.#inherited(request.parent), ...this.#stack];
    if (pending.length === 0) return request;
    let message = new resource.TransformRequest();
    message.setType(request.type);
    message.setName(request.name);
    message.setCustom(request.custom);
    message.setParent(request.parent);
    message.setProperties(struct.Struct.fromJavaScript(request.inputs as StructInput));
    message.setOptions(readOptions(call));
    for (const callback of pending) message = await this.#run(callback, message);
    const options = message.getOptions() ?? new resource.TransformResourceOptions();
    return {
      ...request,
      inputs: readProperties(message.getProperties()),
      provider: options.getProvider(),
      importId: options.getImport(),
      additionalSecretOutputs: options.getAdditionalSecretOutputsList(),
      aliases: [...call.getAliasurnsList().map((urn) => ({ urn })), ...options.getAliasesList().map(readAlias)],
    };
  }

  async #run(callback: Callback, message: InstanceType<typeof resource.TransformRequest>) {
    const answer = await this.#invoke(callback, message.serializeBinary());
    const response = resource.TransformResponse.deserializeBinary(answer);
    message.setProperties(response.getProperties() ?? message.getProperties());
    message.setOptions(response.getOptions() ?? message.getOptions());
    return message;
  }

  #inherited(parent: string): readonly Callback[] {
    const found: Callback[] = [];
    for (let urn = parent; urn !== ""; ) {
      const ancestor = this.#resources.get(urn);
      found.push(...(ancestor?.callbacks ?? []));
      urn = ancestor?.parent ?? "";
    }
    return found;
  }
}

type StructInput = Parameters<typeof struct.Struct.fromJavaScript>[0];

function readOptions(call: RegisterResourceRequest): TransformResourceOptions {
  const options = new resource.TransformResourceOptions();
  options.setDependsOnList(call.getDependenciesList());
  options.setIgnoreChangesList(call.getIgnorechangesList());
  options.setReplaceOnChangesList(call.getReplaceonchangesList());
  options.setVersion(call.getVersion());
  options.setAliasesList(call.getAliasesList());
  options.setProvider(call.getProvider());
  options.setPluginDownloadUrl(call.getPlugindownloadurl());
  options.setDeletedWith(call.getDeletedwith());
  options.setAdditionalSecretOutputsList(call.getAdditionalsecretoutputsList());
  options.setImport(call.getImportid());
  const protect = call.getProtect();
  if (protect !== undefined) options.setProtect(protect);
  for (const [name, reference] of call.getProvidersMap().entries()) options.getProvidersMap().set(name, reference);
  return options;
}

/** Calls the callback server that the SDK runs in the program's process. */
export function callbackInvoker(): { readonly invoke: Invoke; close(): void } {
  const clients = new Map<string, CallbacksClient>();
  const clientFor = (target: string) => {
    const known = clients.get(target) ?? new CallbacksClient(target, credentials.createInsecure());
    clients.set(target, known);
    return known;
  };
  return {
    invoke: (callback, request) => {
      const message = new callbacks.CallbackInvokeRequest();
      message.setToken(callback.getToken());
      message.setRequest(request);
      return new Promise((resolve, reject) => {
        clientFor(callback.getTarget()).invoke(message, (error, response) =>
          error === null ? resolve(response.getResponse_asU8()) : reject(new Error(error.details)),
        );
      });
    },
    close: () => {
      for (const client of clients.values()) client.close();
    },
  };
}
