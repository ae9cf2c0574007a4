import { formatPath, type Problem } from "#base";
import { configErrors } from "./errors.ts";
import type { WrittenConfig } from "./schema.ts";
import type { ConfigSource } from "./source.ts";

/** A registry that images are fetched from, and its credentials. */
export interface RegistryConfig {
  readonly server: string;
  readonly username: string;
  /** Undefined where it is not here: encrypted, or in a variable that is not set. */
  readonly password: string | undefined;
  /** Variable of the environment that has it. */
  readonly variable: string | undefined;
}

const named = /^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$/;

/** A password may be encrypted by Pulumi, or in a variable of the environment; in plain text it would be in the repository. */
export function registryProblems(source: ConfigSource, written: WrittenConfig["registries"]): readonly Problem[] {
  if (source.secretKeys.has("registries")) return [];
  return written.flatMap(({ password }, index) =>
    password === undefined || named.test(password) ? [] : [inPlainText(index)],
  );
}

export function resolveRegistries(
  source: ConfigSource,
  written: WrittenConfig["registries"],
): readonly RegistryConfig[] {
  return written.map(({ server, username, password }) => {
    const [, variable] = named.exec(password ?? "") ?? [];
    const value = variable === undefined ? password : source.variable?.(variable) || undefined;
    return { server, username, password: value, variable };
  });
}

/**
 * The registry's password.
 *
 * @throws EDGE_CONFIG_REGISTRY where it is not here
 */
export function passwordOf({ server, password, variable }: RegistryConfig): string {
  if (password !== undefined) return password;
  const problem =
    variable === undefined ? "it is encrypted for Pulumi, or left out" : `the variable ${variable} is not set`;
  throw configErrors.EDGE_CONFIG_REGISTRY({ server, problem });
}

const example = `\${REGISTRY_PASSWORD}`;

function inPlainText(index: number): Problem {
  return {
    path: formatPath(["registries", index, "password"]),
    found: "is in plain text",
    allowed: `the name of a variable that has it, such as ${example}, or a value that Pulumi has encrypted`,
    remedy: `Write ${example}, or run: pulumi config set --secret --path 'iotedge:registries[${index}].password'`,
  };
}
