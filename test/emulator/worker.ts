/** The emulator as a Worker: one Durable Object holds the state, so it survives restarts on the same folder. */

import { DurableObject } from "cloudflare:workers";
import { Emulator } from "./emulator.ts";
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

  override fetch(request: Request): Promise<Response> {
    return this.#emulator.fetch(request);
  }
}

export default {
  fetch(request, env) {
    return env.ENCORD.getByName("encord").fetch(request);
  },
} satisfies ExportedHandler<EmulatorEnv>;
