/**
 * The control API for tests, below `/__emulator/`: fills an emulator, and says what happened in it. It is not part of Encord's
 * API, needs no signature, and its requests are not counted. `index.ts` lists the paths.
 */

import type { Emulator } from "./emulator.ts";
import type { AgentCall } from "./encord-side/agent-call.ts";
import type { Subscription } from "./encord-side/notifications.ts";
import type { NodeRun } from "./encord-side/workflow-node.ts";
import type { FaultRule } from "./faults.ts";
import { pathText } from "./path-text.ts";
import type { EmulatorSeed } from "./seed.ts";
import type { Snapshot } from "./state/state.ts";

export const CONTROL_PATH = "/__emulator/";

export async function answerControl(emulator: Emulator, request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const [what = "", ...rest] = pathname.slice(CONTROL_PATH.length).split("/");
  const name = pathText(rest.join("/"));
  try {
    switch (`${request.method} ${what}`) {
      case "GET projects":
        return Response.json({ projects: emulator.projects });
      case "POST seed": {
        const projects = emulator.seed(await emulator.measured((await request.json()) as EmulatorSeed));
        return Response.json({ projects });
      }
      case "PUT media":
        emulator.putMedia(name, new Uint8Array(await request.arrayBuffer()));
        return Response.json({ media: name });
      case "GET tasks":
        return Response.json({ stages: emulator.stages(), tasks: emulator.tasks() });
      case "GET moves":
        return Response.json({ moves: emulator.moves() });
      case "GET requests":
        return Response.json({ requests: emulator.requests() });
      case "GET history":
        return Response.json({ history: emulator.history() });
      case "POST clock":
        emulator.advance(((await request.json()) as { advanceMs: number }).advanceMs);
        return Response.json(null);
      case "GET labels": {
        const labels = emulator.labels(name);
        return labels
          ? Response.json(labels)
          : Response.json({ message: `Data unit ${name} has no labels.` }, { status: 404 });
      }
      case "GET snapshot":
        return Response.json(emulator.snapshot());
      case "PUT snapshot":
        emulator.restore((await request.json()) as Snapshot);
        return Response.json(null);
      case "POST faults":
        emulator.fault((await request.json()) as FaultRule);
        return Response.json(null);
      case "DELETE faults":
        emulator.clearFaults();
        return Response.json(null);
      case "POST calls":
        return Response.json(await emulator.callAgent((await request.json()) as AgentCall));
      case "POST runs":
        return Response.json({ executions: await emulator.runNode((await request.json()) as NodeRun) });
      case "POST subscriptions":
        emulator.subscribe((await request.json()) as Subscription);
        return Response.json({ nextLookAt: emulator.nextLookAt });
      case "POST look":
        return Response.json({ notifications: await emulator.look(), nextLookAt: emulator.nextLookAt });
      case "POST reset":
        emulator.reset();
        return Response.json(null);
      default:
        return Response.json({ message: `There is no ${request.method} ${pathname}.` }, { status: 404 });
    }
  } catch (error) {
    return Response.json(
      { message: error instanceof Error ? error.message : String(error) },
      { status: 400 },
    );
  }
}
