/** The emulator as a Worker: one Durable Object holds the state, so that it survives restarts with the same folder. */

import { DurableObject } from "cloudflare:workers";
import { Emulator } from "./emulator.ts";
import { brokenOff } from "./fault-effects.ts";
import { ConnectionLost } from "./faults.ts";
import { DurableStorage } from "./state/durable-storage.ts";

interface EmulatorEnv {
  readonly ENCORD: DurableObjectNamespace<EmulatedEncord>;
}

export class EmulatedEncord extends DurableObject {
  readonly #emulator: Emulator;

  constructor(ctx: DurableObjectState, env: EmulatorEnv) {
    super(ctx, env);
    this.#emulator = new Emulator({ storage: new DurableStorage(ctx.storage) });
  }

  /** Task-ready notifications go out on their schedule. */
  override async alarm(): Promise<void> {
    await this.#emulator.look();
    await this.#wakeForLook();
  }

  async #wakeForLook(): Promise<void> {
    const at = this.#emulator.nextLookAt;
    if (at !== null && (await this.ctx.storage.getAlarm()) !== at) await this.ctx.storage.setAlarm(at);
  }

  override async fetch(request: Request): Promise<Response> {
    try {
      const response = await this.#emulator.fetch(request);
      await this.#wakeForLook();
      return response;
    } catch (error) {
      if (!(error instanceof ConnectionLost)) throw error;
      // A Worker cannot close its caller's connection; the proxy in front of it does (scripts/emulator-front.ts). Without the
      // proxy, an answer that breaks off after its headers comes closest.
      const body = brokenOff(new TextEncoder().encode("  "), (ms) => scheduler.wait(ms));
      return new Response(body, { headers: { "x-emulator-connection": "dropped" } });
    }
  }
}

export default {
  fetch(request, env) {
    return env.ENCORD.getByName("encord").fetch(request);
  },
} satisfies ExportedHandler<EmulatorEnv>;
