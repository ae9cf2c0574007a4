import { defineErrors } from "#base";

/** Making and releasing the npm package. */
export const packageErrors = defineErrors({
  EDGE_RELEASE_CHANGELOG: {
    message: "CHANGELOG.md cannot be released: {problem}",
    cause: "A release takes its version and its notes from CHANGELOG.md.",
    remedy:
      'Give it a section "## Unreleased" with `### Added`, `### Fixed` and the like, and entries that begin with `- `.',
  },
  EDGE_RELEASE_VERSION: {
    message: "{version} is no version that may follow {current}",
    cause: "It is not of the form X.Y.Z, or lower than what the changes ask for by SemVer.",
    remedy: "Take {least} or a higher one, or leave --version out.",
  },
  EDGE_PACKAGE_FAILED: {
    message: "the package could not be made, step {step}: {problem}",
    cause: "The code does not compile, or npm is missing or older than 9.",
    remedy: "Correct what the message says; `npm run types` shows all errors of the compiler.",
  },
});
