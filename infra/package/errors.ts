import { defineErrors } from "#base";

/** Making the npm package. */
export const packageErrors = defineErrors({
  EDGE_PACKAGE_FAILED: {
    message: "the package could not be made, step {step}: {problem}",
    cause: "The code does not compile, or npm is missing or older than 9.",
    remedy: "Correct what the message says; `npm run types` shows all errors of the compiler.",
  },
});
