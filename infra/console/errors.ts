import { defineErrors } from "#base";

/** The console. */
export const consoleErrors = defineErrors({
  EDGE_CONSOLE_PORT: {
    message: "the console cannot listen on port {port} of 127.0.0.1: {problem}",
    cause: "Another program listens there, or the port is one that only root may have.",
    remedy: "Name another by --port, or leave the option out: then any port that is free is taken",
  },
  EDGE_CONSOLE_READ_ONLY: {
    message: "the console does not send {request}",
    cause: "It reads, and never a Secret: whatever part of edgectl it calls, other requests end here.",
    remedy: "This is a defect of edgectl: please report what you were looking at",
  },
  EDGE_CONSOLE_NO_SUCH_PAGE: {
    message: "there is no page {page}",
    cause: "The address is spelled otherwise, or its installation is not among those that the console was started for.",
    remedy: "Begin at the first page",
  },
});
