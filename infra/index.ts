import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { EdgeError } from "#base";
import { loadConfig, pulumiConfigSource } from "./config/index.ts";
import { declareStack, type StackOutputs } from "./program.ts";

const projectRoot = fileURLToPath(new URL("..", import.meta.url));

/** The Pulumi program. It does nothing when imported and may run for several stacks of one process. */
export default async function program(): Promise<StackOutputs> {
  try {
    return declareStack(loadConfig(pulumiConfigSource(projectRoot)));
  } catch (error) {
    throw error instanceof EdgeError ? readable(error) : error;
  }
}

/** Pulumi shows an error of its own class as it is, any other with a stack trace. */
function readable(error: EdgeError): Error {
  return Object.assign(new pulumi.RunError(`${error.code}: ${error.message}\n${error.remedy}`), { cause: error });
}
