import { defineErrors } from "#base";

/** The command line as such. */
export const terminalErrors = defineErrors({
  EDGE_CLI_USAGE: {
    message: "{problem}",
    cause: "A command, an option or its value is not what edgectl knows.",
    remedy: "See `npx edgectl {command}--help`",
  },
  EDGE_CLI_OUTPUT: {
    message: "{file} cannot be written: {problem}",
    cause: "The directory is not writable, or the disk is full.",
    remedy: "Make room or choose another directory; what was written before stays.",
  },
});
