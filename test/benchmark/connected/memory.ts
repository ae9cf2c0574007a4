import { giveAgentKey } from "../../../runtime/edge-agent/hub/test/hub-access.ts";
import { type FakeIotHub, startFakeIotHub } from "../../iot-hub/index.ts";
import { waitFor } from "../../support/wait-for.ts";
import { startAgentProcess } from "../edge-agent/agent-process.ts";
import { idle, podsOf, quietTogether, written } from "../edge-agent/conditions.ts";
import { desiredProperties, type Installation } from "../edge-agent/installation.ts";
import { median } from "../shared/quantile.ts";

/** IoT Hub lets a device have no more. */
const modules = 50;
const rounds = 3;
const deviceId = "line-1";

/** RSS of a whole process, in megabytes. */
export interface Memory {
  readonly rssMegabytes: number;
  readonly peakMegabytes: number;
}

/**
 * Memory of EdgeAgent, alone and connected in turn, in an installation of its own each time. It is taken once all modules have
 * their pods and nothing happens any more.
 *
 * @param install makes an installation of that namespace
 */
export async function measureMemory(script: string, install: (namespace: string) => Promise<Installation>) {
  const alone: Memory[] = [];
  const connected: Memory[] = [];
  for (let round = 0; round < rounds; round++) {
    alone.push(await memoryAlone(script, await install(`alone-${round}`)));
    connected.push(await memoryConnected(script, await install(`connected-${round}`)));
  }
  return { modules, rounds, alone: medians(alone), connected: medians(connected) };
}

async function memoryAlone(script: string, installation: Installation): Promise<Memory> {
  await installation.setManifest(modules, 0);
  return settled(script, installation);
}

async function memoryConnected(script: string, installation: Installation): Promise<Memory> {
  const fake = await startFakeIotHub();
  try {
    fake.hub.registry.putDevice(deviceId, { deviceId, capabilities: { iotEdge: true } }, undefined);
    giveAgentKey(fake, deviceId);
    fake.hub.registry.module(deviceId, "$edgeAgent").twin.replace({ desired: desiredProperties(modules, 0) });
    const memory = await settled(script, installation, fake);
    fake.journal.expectNoViolations();
    return memory;
  } finally {
    await fake.close();
  }
}

async function settled(script: string, installation: Installation, fake?: FakeIotHub): Promise<Memory> {
  const { namespace, agentKubeconfig } = installation;
  const hub = fake && {
    ...{ fake: { caPem: fake.caPem, hub: { hostName: fake.hub.hostName } }, deviceId },
    port: await fake.listen("mqtt"),
  };
  const agent = await startAgentProcess(script, namespace, agentKubeconfig, hub);
  const running = { installation, agent };
  try {
    await written(running, modules, 0);
    await idle(running);
    await podsOf(running, modules);
    if (fake !== undefined) await allReported(fake);
    await quietTogether([running]);
    return agent.memory();
  } finally {
    await agent.stop();
    await installation.close();
  }
}

function allReported(fake: FakeIotHub): Promise<true> {
  return waitFor("the report of all modules", () => {
    const { twin } = fake.hub.registry.module(deviceId, "$edgeAgent");
    return Object.keys(twin.valueOf("reported").modules ?? {}).length === modules ? true : undefined;
  });
}

function medians(all: readonly Memory[]): Memory {
  return {
    rssMegabytes: median(all.map(({ rssMegabytes }) => rssMegabytes)),
    peakMegabytes: median(all.map(({ peakMegabytes }) => peakMegabytes)),
  };
}
