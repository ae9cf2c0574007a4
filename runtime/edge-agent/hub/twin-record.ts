import type { Clock } from "#base";
import type { TwinRecord } from "#contract";
import type { ConnectionState } from "#iot-hub";

/** Keeps what is told in the cluster of the connection to IoT Hub. */
export interface TwinRecordKeeper {
  readonly record: TwinRecord;
  /** @returns whether something has changed that is worth telling */
  state(state: ConnectionState): boolean;
  desired(version: number): void;
  /** @returns as {@link TwinRecordKeeper.state} */
  reported(version: number | undefined): boolean;
}

export function keepTwinRecord(clock: Pick<Clock, "now">): TwinRecordKeeper {
  let record: TwinRecord = { state: "connecting", since: new Date(clock.now()).toISOString() };
  return {
    get record() {
      return record;
    },
    state(state) {
      // Who tries again is still without the hub, for the reason of before.
      if (state.type === "connecting") return false;
      const problem = state.type === "disconnected" ? state.error : undefined;
      if (state.type === record.state && problem?.code === record.problem?.code) return false;
      const { desiredVersion, reportedVersion } = record;
      record = {
        state: state.type,
        since: state.type === record.state ? record.since : new Date(clock.now()).toISOString(),
        ...(problem && { problem: { code: problem.code, message: problem.message } }),
        ...(desiredVersion !== undefined && { desiredVersion }),
        ...(reportedVersion !== undefined && { reportedVersion }),
      };
      return true;
    },
    desired(version) {
      record = { ...record, desiredVersion: version };
    },
    reported(version) {
      if (version === undefined || version === record.reportedVersion) return false;
      record = { ...record, reportedVersion: version };
      return true;
    },
  };
}
