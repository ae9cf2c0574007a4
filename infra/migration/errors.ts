import { defineErrors } from "#base";

/** Converting the settings of another IoT Edge. */
export const migrationErrors = defineErrors({
  EDGE_MIGRATE_UNREADABLE: {
    message: "{file} cannot be converted: {problem}",
    cause: "The file is missing, is larger than 1 MiB, is nested too deep, or is not what it was named as.",
    remedy:
      "Correct the path or the file: --config takes TOML, or YAML where its name ends with .yaml, --values YAML, --manifest JSON.",
  },
  EDGE_MIGRATE_EXISTS: {
    message: "{file} is there already",
    cause: "What is there may be yours, so nothing is written over it. Nothing was written.",
    remedy: "Name another stack by --stack, or another project by --project; or move the file away.",
  },
});
