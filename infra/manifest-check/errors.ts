import { defineErrors } from "#base";

/** Judging manifests. */
export const manifestCheckErrors = defineErrors({
  EDGE_MANIFEST_UNREADABLE: {
    message: "{file} cannot be read: {problem}",
    cause: "The file is missing, or cannot be opened.",
    remedy: "Correct the path; `-` reads standard input.",
  },
  EDGE_MANIFEST_NO_INSTALLATION: {
    message: "stack {stack} has no installation {installation}; it has {known}",
    cause: "The stack declares other installations.",
    remedy: "Name one of these by --installation, or leave the option out.",
  },
});
