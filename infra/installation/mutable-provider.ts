import * as pulumi from "@pulumi/pulumi";
import { installationErrors } from "./errors.ts";

/** What a Kubernetes provider needs to change objects of a kind where they are, by the kind's type. */
const flags: Readonly<Record<string, string>> = {
  "kubernetes:core/v1:ConfigMap": "enableConfigMapMutable",
  "kubernetes:core/v1:Secret": "enableSecretMutable",
};

/**
 * Keeps ConfigMaps and Secrets from being registered before it is known that their provider changes them where they are.
 * Without its two flags it deletes one whose data changes, and pods that mount it see the trust bundle or the CA vanish.
 *
 * @param installation that is about to be declared, for the error
 */
export function changedInPlace(installation: pulumi.ComponentResource, name: string): pulumi.CustomResourceOptions {
  const provider = installation.getProvider("kubernetes:core/v1:ConfigMap") as ProviderInputs | undefined;
  let checked: Promise<pulumi.Resource[]> | undefined;
  const hold: pulumi.ResourceTransformation = ({ type, props, opts }) => {
    if (!(type in flags)) return undefined;
    checked ??= refuseReplacing(provider, name).then(() => []);
    return { props, opts: pulumi.mergeOptions(opts, { dependsOn: checked }) };
  };
  return { transformations: [hold] };
}

/** The SDK makes an output of every input of a provider, in JSON. */
type ProviderInputs = pulumi.ProviderResource & Readonly<Record<string, pulumi.Output<unknown> | undefined>>;

/** @throws EDGE_INSTALLATION_PROVIDER, with code and remedy in the message: that is all that Pulumi shows of it */
async function refuseReplacing(provider: ProviderInputs | undefined, installation: string): Promise<void> {
  // One that another process has made, as for a component in another language, tells nothing of itself here.
  if (provider !== undefined && !Object.values(flags).some((flag) => flag in provider)) return;
  const isOn = provider === undefined ? isOnByDefault : async (flag: string) => isTrue(await known(provider[flag]));
  const states = await Promise.all(Object.values(flags).map(async (flag) => ({ flag, isOn: await isOn(flag) })));
  const missing = states.filter((state) => !state.isOn).map(({ flag }) => flag);
  if (missing.length === 0) return;
  const refusal = installationErrors.EDGE_INSTALLATION_PROVIDER({
    installation,
    provider: provider === undefined ? "default Kubernetes provider" : `Kubernetes provider ${await nameOf(provider)}`,
    missing: missing.join(" and "),
    remedy:
      provider === undefined
        ? `Set them for the stack: ${missing.map((flag) => `pulumi config set kubernetes:${flag} true`).join("; ")}`
        : `Declare it with { ${missing.map((flag) => `${flag}: true`).join(", ")} }.`,
  });
  const { code, message, remedy } = refusal;
  const text = `${code}: ${message}\n${remedy}`;
  // Of a resource that cannot be registered Pulumi shows the stack trace, also of this class.
  throw Object.assign(new pulumi.RunError(text), { stack: text, cause: refusal });
}

/** The default provider takes its settings from the stack, or from the environment. */
async function isOnByDefault(flag: string): Promise<boolean> {
  const variable = `PULUMI_K8S_${flag === "enableSecretMutable" ? "ENABLE_SECRET" : "ENABLE_CONFIGMAP"}_MUTABLE`;
  return isTrue(new pulumi.Config("kubernetes").get(flag) ?? process.env[variable]);
}

function isTrue(value: unknown): boolean {
  return value === true || (typeof value === "string" && ["true", "1", "t"].includes(value.toLowerCase()));
}

async function nameOf({ urn }: pulumi.ProviderResource): Promise<string> {
  return String(await known(urn))
    .split("::")
    .at(-1) as string;
}

/** The value of an output; undefined in a preview where it is not known, as for an input that is not given. */
async function known<T>(output: pulumi.Output<T> | undefined): Promise<T | undefined> {
  let value: T | undefined;
  if (output === undefined) return undefined;
  const seen = output.apply((one) => {
    value = one as T;
  });
  // Resolves when the output does, known or not, which `apply` alone does not tell.
  await pulumi.isSecret(seen);
  return value;
}
