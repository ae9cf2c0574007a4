import type * as Engine from "@pulumi/pulumi/proto/engine_pb.js";
import engine from "@pulumi/pulumi/proto/engine_pb.js";
import type * as Resource from "@pulumi/pulumi/proto/resource_pb.js";
import resource from "@pulumi/pulumi/proto/resource_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { renderErrors } from "./errors.ts";
import type { Handlers } from "./grpc-server.ts";
import type { ResourceMonitor } from "./resource-monitor.ts";
import { readProperties, readRequest } from "./resource-request.ts";
import type { Transforms } from "./transforms.ts";
import { type UpdateHooks, updateHooksOf } from "./update-hooks.ts";

/** Severity of what the program or the SDK logs. Debug messages are dropped: the SDK writes secrets into them. */
export type LogSeverity = "info" | "warning" | "error";
export type Log = (severity: LogSeverity, message: string) => void;

/**
 * Features that the SDK asks for, of those that it knows. Left out: parameterized providers, error hooks and transforms of
 * function calls, which only an engine with providers can have.
 */
const features: ReadonlySet<string> = new Set([
  "secrets",
  "resourceReferences",
  "outputValues",
  "aliasSpecs",
  "transforms",
  "resourceHooks",
  // Both only say what to do when a resource goes, and nothing goes here.
  "deletedWith",
  "replaceWith",
]);

/**
 * The calls of `pulumirpc.ResourceMonitor`.
 *
 * @param hooks undefined: hooks are accepted and never asked
 */
export function monitorHandlers(monitor: ResourceMonitor, transforms: Transforms, hooks?: UpdateHooks): Handlers {
  return {
    supportsFeature: (request: Resource.SupportsFeatureRequest) => {
      const response = new resource.SupportsFeatureResponse();
      response.setHassupport(features.has(request.getId()));
      return response;
    },
    registerResource: async (call: Resource.RegisterResourceRequest) => {
      const request = await transforms.apply(call, readRequest(call));
      const { urn, id, outputs } = await monitor.register(request);
      const { type, name, inputs } = request;
      await hooks?.beforeUpdate({ urn, type, name, inputs, hooks: updateHooksOf(call, urn) });
      transforms.remember(urn, call);
      const response = new resource.RegisterResourceResponse();
      response.setUrn(urn);
      response.setId(id ?? "");
      response.setObject(struct.Struct.fromJavaScript(outputs as Parameters<typeof struct.Struct.fromJavaScript>[0]));
      return response;
    },
    registerResourceOutputs: (call: Resource.RegisterResourceOutputsRequest) => {
      monitor.registerOutputs(call.getUrn(), readProperties(call.getOutputs()));
      return new empty.Empty();
    },
    registerResourceHook: (call: Resource.RegisterResourceHookRequest) => {
      hooks?.register(call);
      return new empty.Empty();
    },
    registerStackTransform: (callback: Parameters<Transforms["addForStack"]>[0]) => {
      transforms.addForStack(callback);
      return new empty.Empty();
    },
    signalAndWaitForShutdown: () => new empty.Empty(),
    invoke: (call: Resource.ResourceInvokeRequest) => refuse("call", call.getTok()),
    call: (call: Resource.ResourceCallRequest) => refuse("call", call.getTok()),
    readResource: (call: Resource.ReadResourceRequest) => refuse("read", `${call.getType()} ${call.getName()}`),
    existsResource: (call: { getType(): string }) => refuse("look-up", call.getType()),
  };
}

/** The calls of `pulumirpc.Engine`. */
export function engineHandlers(log: Log): Handlers {
  let root = "";
  return {
    log: (request: Engine.LogRequest) => {
      const severity = severities[request.getSeverity()];
      if (severity !== undefined) log(severity, request.getMessage());
      return new empty.Empty();
    },
    getRootResource: () => {
      const response = new engine.GetRootResourceResponse();
      response.setUrn(root);
      return response;
    },
    setRootResource: (request: Engine.SetRootResourceRequest) => {
      root = request.getUrn();
      return new engine.SetRootResourceResponse();
    },
  };
}

const severities: Readonly<Record<number, LogSeverity>> = { 1: "info", 2: "warning", 3: "error" };

function refuse(operation: string, target: string): never {
  throw renderErrors.EDGE_RENDER_UNSUPPORTED_OPERATION({ operation, target });
}
