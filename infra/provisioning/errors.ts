import { defineErrors } from "#base";

/** What keeps a credential from being looked at. No message has anything of it. */
export const provisioningCheckErrors = defineErrors({
  EDGE_PROVISIONING_NOT_CONNECTED: {
    message: "stack {stack} has {found}",
    cause: "The credential of one installation is looked at, which has to be connected to IoT Hub.",
    remedy: "Name the installation's namespace by `--namespace`, and see `provisioning` in the stack's file.",
  },
  EDGE_PROVISIONING_SECRET: {
    message: "{source}: {reason}",
    cause:
      "The credential is read from the Secret that `provisioning.existingSecret` names, or from a file with such a Secret.",
    remedy:
      "Make the Secret, as docs/iot-hub.md shows, or have a file with it looked at before it is there: repeat the command with `--secret FILE`.",
  },
});
