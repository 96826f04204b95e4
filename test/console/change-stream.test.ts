import { expect, it } from "vitest";
import { EmulatedProject } from "../queue/emulated-project.ts";
import { ConsoleClient, PROJECT } from "./console-client.ts";

/** What a browser hears: the events of a stream, one by one. */
async function listening(client: ConsoleClient, path: string) {
  const response = await client.fetch(new Request(client.origin + path));
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  return {
    next: async () => new TextDecoder().decode((await reader.read()).value),
    close: () => reader.cancel(),
  };
}

const CHANGED = "event: changed\ndata:\n\n";

it("a page hears of what happens in its stage when it happens, and the overview of all stages", async () => {
  const project = await EmulatedProject.create("Plain", ["a"]);
  await project.wake("Plain");
  const client = ConsoleClient.local();
  const stage = `/console/stages/${PROJECT}/${project.stageUuid("Plain")}`;
  for (const path of [`${stage}/changes`, "/console/changes"]) {
    const stream = await listening(client, path);
    // The page may be older than the stream.
    expect(await stream.next()).toBe(CHANGED);
    let heard = false;
    const next = stream.next().then((event) => {
      heard = true;
      return event;
    });
    await scheduler.wait(1100);
    expect(heard).toBe(false);
    const act = path.startsWith(stage) ? "pause" : "go live";
    await client.act(stage, `${stage}/actions`, { action: act });
    expect(await next).toBe(CHANGED);
    await stream.close();
  }
});

it("nobody listens who may not look", async () => {
  const project = await EmulatedProject.create("Plain", []);
  const stage = `/console/stages/${PROJECT}/${project.stageUuid("Plain")}`;
  for (const path of ["/console/changes", `${stage}/changes`]) {
    expect((await new ConsoleClient().get(path)).status).toBe(401);
  }
  const stream = await listening(await ConsoleClient.signedIn("viewer"), `${stage}/changes`);
  expect(await stream.next()).toBe(CHANGED);
  await stream.close();
  expect((await ConsoleClient.local().get(`/console/stages/${PROJECT}/nowhere/changes`)).status).toBe(404);
});
