import * as pulumi from "@pulumi/pulumi";

/** A resource as the program registered it. */
export interface RecordedResource {
  readonly type: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: inputs are whatever the resource's type takes
  readonly inputs: any;
  /** Reference to the explicit provider, `URN::id`; empty for the default one. */
  readonly provider: string;
  /** What the program said about it, before inheritance. */
  readonly options: pulumi.CustomResourceOptions;
}

export interface RecordedProgram<Result> {
  readonly result: Result;
  readonly resources: readonly RecordedResource[];
  readonly all: (kind: string) => readonly RecordedResource[];
  /** The only resource of a kind, such as `Deployment`, with that object name where one is given. */
  readonly find: (kind: string, objectName?: string) => RecordedResource;
}

interface RecordOptions {
  readonly preview?: boolean;
  /** Texts by `namespace:key`. */
  readonly config?: Readonly<Record<string, string>>;
  readonly secretKeys?: readonly string[];
}

/** What the tls provider computes, as far as the program reads it. */
export const fakeTls = {
  privateKeyPem: "private key, SEC 1",
  privateKeyPemPkcs8: "private key, PKCS 8",
  certRequestPem: "certificate request",
  certPem: "certificate\n",
};

/**
 * Runs a Pulumi program against a stand-in for the engine. In a preview nobody knows yet what the providers will
 * compute, so there keys and certificates are unknown.
 */
export async function recordProgram<Result>(
  program: () => Result | Promise<Result>,
  { preview = false, config = {}, secretKeys = [] }: RecordOptions = {},
): Promise<RecordedProgram<Result>> {
  const registered: Omit<RecordedResource, "options">[] = [];
  const options = new Map<string, pulumi.CustomResourceOptions>();
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs, provider }) {
        registered.push({ type, name, inputs, provider: provider ?? "" });
        const computed = type.startsWith("tls:") && !preview ? fakeTls : {};
        return { id: `${name}-id`, state: { ...inputs, ...computed } };
      },
      call: ({ inputs }) => inputs,
    },
    "iotedge",
    "test",
    preview,
  );
  pulumi.runtime.setAllConfig({ ...config }, [...secretKeys]);
  const results: Result[] = [];
  await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(({ type, name, opts }) => {
      options.set(`${type} ${name}`, opts);
      return undefined;
    });
    results.push(await program());
    return {};
  });
  await pulumi.runtime.disconnect();
  const resources = registered.map((resource) => ({
    ...resource,
    options: options.get(`${resource.type} ${resource.name}`) ?? {},
  }));
  return { result: results[0] as Result, resources, ...queries(resources) };
}

function queries(resources: readonly RecordedResource[]) {
  const all = (kind: string) => resources.filter(({ type }) => type.endsWith(`:${kind}`));
  const find = (kind: string, objectName?: string): RecordedResource => {
    const found = all(kind).filter(({ inputs }) => objectName === undefined || inputs.metadata?.name === objectName);
    const [only] = found;
    if (only === undefined || found.length > 1) throw new Error(`${found.length} of ${kind} ${objectName ?? ""}`);
    return only;
  };
  return { all, find };
}

/** The value of an output that is known. */
export function settled<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** Whether the engine is told that an input is not known yet. */
export function isUnknown(input: unknown): boolean {
  return JSON.stringify(input)?.includes("__pulumiUnknown") ?? false;
}

const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** The value inside an input that the engine is told to keep secret; fails for any other. */
export function revealed(input: { readonly value?: unknown }): unknown {
  if (!isSecretInput(input)) throw new Error("not marked as a secret");
  return input.value;
}

export function isSecretInput(input: unknown): boolean {
  return typeof input === "object" && input !== null && Object.values(input).includes(secretSignature);
}
