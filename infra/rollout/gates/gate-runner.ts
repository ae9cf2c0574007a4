import type { ClusterDriver, GateRunner } from "../model/index.ts";
import { evaluateCommand } from "./command-gate.ts";
import { evaluateHealth } from "./health-gate.ts";
import { evaluateHttp } from "./http-gate.ts";
import { evaluatePrometheus } from "./prometheus-gate.ts";

/** Asks the gates. What goes wrong is evidence, and the gate has then not passed. */
export function createGateRunner(driver: ClusterDriver): GateRunner {
  return {
    evaluate: async (gate, about, signal) => {
      switch (gate.kind) {
        case "health":
          return evaluateHealth(driver, about, signal);
        case "command":
          return evaluateCommand(gate, about, signal);
        case "http":
          return evaluateHttp(gate, signal);
        case "prometheus":
          return evaluatePrometheus(gate, signal);
      }
    },
  };
}
