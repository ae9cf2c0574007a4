import { beforeEach, expect, it } from "vitest";
import { FakeClock } from "../../../test/fakes/clock.ts";
import { FakeObjectStore } from "../../../test/fakes/object-store.ts";
import { provisioningErrors } from "../../iot-hub/provisioning/errors.ts";
import { createEventRecorder } from "../../shared/event-recorder.ts";
import { events } from "../../shared/kubernetes/kinds.ts";
import { createLogger } from "../../shared/logger.ts";
import { createHubNotices, type HubNotices } from "./notices.ts";

let store: FakeObjectStore;
let notices: HubNotices;

beforeEach(() => {
  store = new FakeObjectStore("line-1");
  const log = createLogger({ component: "t", level: "info", destination: { write: () => {} } });
  const clock = new FakeClock();
  notices = createHubNotices(
    createEventRecorder({ store, controller: "iotedged", instance: "iotedged-1", clock, log }),
  );
});

const told = () => store.select(events).map(({ reason, note }) => `${reason}: ${note}`);

it("tells each hub that a device is moved to, however soon it is moved again", () => {
  const substatus = "deviceDataMigrated";
  for (const hubHostname of ["hub.test", "hub2.test", "hub.test"]) {
    notices.assigned({ hubHostname, deviceId: "d1", substatus: hubHostname === "hub.test" ? undefined : substatus });
    notices.connected(hubHostname);
  }
  notices.assigned({ hubHostname: "hub.test", deviceId: "d1", substatus });
  expect(told()).toEqual([
    "HubAssigned: The provisioning service has assigned device d1 to hub.test",
    "HubConnected: hub.test has taken the device's credential",
    "HubAssigned: The provisioning service has assigned device d1 to hub2.test (deviceDataMigrated)",
    "HubConnected: hub2.test has taken the device's credential",
    "HubAssigned: The provisioning service has assigned device d1 to hub.test (deviceDataMigrated)",
  ]);
});

it("tells each reason of a provisioning service, and none of them again and again", () => {
  const named = { registration: "line-1", scope: "0ne00000001" };
  const refused = provisioningErrors.EDGE_DPS_REFUSED({ service: "dps.test", ...named });
  const disabled = provisioningErrors.EDGE_DPS_DISABLED(named);
  for (const error of [refused, disabled, refused, disabled])
    notices.failed({ kind: "refused", error, ofProvisioning: true });
  expect(told().map((text) => text.split(". ")[0])).toEqual([
    `HubProvisioningFailed: EDGE_DPS_REFUSED: ${refused.message}`,
    `HubProvisioningFailed: EDGE_DPS_DISABLED: ${disabled.message}`,
  ]);
});
