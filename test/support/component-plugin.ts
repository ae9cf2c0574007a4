import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { credentials } from "@grpc/grpc-js";
import provider from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as Provider from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { serve } from "../../infra/render/grpc-server.ts";
import type { RenderedObject } from "../../infra/render/kubernetes-object.ts";
import { ResourceMonitor } from "../../infra/render/resource-monitor.ts";
import { engineHandlers, monitorHandlers } from "../../infra/render/services.ts";
import { memoryStateStore } from "../../infra/render/state-store.ts";
import { systemTlsEnvironment } from "../../infra/render/tls/environment.ts";
import { callbackInvoker, Transforms } from "../../infra/render/transforms.ts";

type Calls = Readonly<Record<"getSchema" | "construct", (request: object) => Promise<unknown>>>;

/** Inputs, options and answers of a component, as Pulumi's engine and a plugin send them to each other. */
export interface Construction {
  readonly type?: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly preview?: boolean;
  readonly protect?: boolean;
}

export interface Constructed {
  readonly urn: string;
  readonly state: Readonly<Record<string, unknown>>;
  /** What the component declared. */
  readonly objects: readonly RenderedObject[];
}

export interface ComponentPlugin {
  /** The schema as the plugin tells it. */
  schema(): Promise<string>;
  construct(construction: Construction): Promise<Constructed>;
  stop(): Promise<void>;
}

/** Starts a plugin as Pulumi's language host does, and talks to it as Pulumi's engine does. */
export async function startComponentPlugin(directory: string): Promise<ComponentPlugin> {
  const runner = join(
    createRequire(join(directory, "x.js")).resolve("@pulumi/pulumi/package.json"),
    "../cmd/run-plugin",
  );
  const child = spawn(process.execPath, [runner, "--pwd", directory, directory, "127.0.0.1:1"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const problems: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => problems.push(line));
  const exited = new Promise<never>((_, reject) => {
    child.once("exit", (code) => reject(new Error(`the plugin ended with ${code}: ${problems.join("\n")}`)));
  });
  exited.catch(() => {});
  const lines = createInterface({ input: child.stdout });
  const port = await Promise.race([new Promise<string>((resolve) => lines.once("line", resolve)), exited]);
  const Client = (provider as unknown as { ResourceProviderClient: new (...args: unknown[]) => object })
    .ResourceProviderClient;
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure()) as Calls & { close(): void };
  const call = <T>(name: keyof Calls, request: object) =>
    (promisify(client[name] as never) as (this: object, request: object) => Promise<T>).call(client, request);
  // A component that failed may still be declaring: its engine stays for as long as the plugin, as Pulumi's does.
  const engines: (() => Promise<void>)[] = [];
  return {
    schema: async () =>
      (await call<Provider.GetSchemaResponse>("getSchema", new messages.GetSchemaRequest())).getSchema(),
    construct: (construction) => construct(construction, (request) => call("construct", request), engines),
    stop: async () => {
      client.close();
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
      await Promise.all(engines.map((close) => close()));
    },
  };
}

async function construct(
  { type = "iotedge:index:EdgeInstallation", name, inputs, preview = false, protect = false }: Construction,
  call: (request: object) => Promise<Provider.ConstructResponse>,
  engines: (() => Promise<void>)[],
): Promise<Constructed> {
  const monitor = new ResourceMonitor({
    project: "plant",
    stack: "dev",
    preview,
    disabledDefaultProviders: [],
    state: memoryStateStore(),
    tls: systemTlsEnvironment,
  });
  const callbacks = callbackInvoker();
  const services = {
    monitor: monitorHandlers(monitor, new Transforms(callbacks.invoke)),
    engine: engineHandlers(() => {}),
  };
  const failures: Error[] = [];
  const engine = await serve(services, (error) => failures.push(error));
  engines.push(async () => {
    callbacks.close();
    await engine.close();
  });
  const request = new messages.ConstructRequest();
  request.setProject("plant");
  request.setStack("dev");
  request.setOrganization("organization");
  request.setParallel(16);
  request.setMonitorendpoint(engine.address);
  request.setDryrun(preview);
  request.setProtect(protect);
  request.setType(type);
  request.setName(name);
  // Of the default provider, which tells the plugin nothing of itself.
  for (const flag of ["enableConfigMapMutable", "enableSecretMutable"])
    request.getConfigMap().set(`kubernetes:${flag}`, "true");
  request.setInputs(struct.Struct.fromJavaScript(inputs as Parameters<typeof struct.Struct.fromJavaScript>[0]));
  const response = await call(request);
  if (failures[0] !== undefined) throw failures[0];
  return { urn: response.getUrn(), state: response.getState()?.toJavaScript() ?? {}, objects: monitor.objects };
}
