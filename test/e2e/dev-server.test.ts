import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { DevServer } from "../../scripts/dev-server.ts";

it("a server whose port is taken is not considered ready because another program answers there", async () => {
  const other = createServer((_request, response) => response.end("somebody else"));
  await once(other.listen(0, "127.0.0.1"), "listening");
  const folder = await mkdtemp(join(tmpdir(), "encord-edge-port-"));
  try {
    const starting = DevServer.start({
      name: "The Worker",
      config: fileURLToPath(new URL("../../wrangler.jsonc", import.meta.url)),
      port: (other.address() as AddressInfo).port,
      persistTo: folder,
      readyPath: "/health",
    });
    await expect(starting).rejects.toThrow(/The Worker ended while it was starting.*Address already in use/s);
  } finally {
    other.close();
    other.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  }
});
