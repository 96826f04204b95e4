import { expect, it } from "vitest";
it("reads a fixture in workerd", async () => {
  const r = await fetch("https://fixtures.test/media/images/jpeg_baseline.jpg");
  expect((await r.arrayBuffer()).byteLength).toBeGreaterThan(1000);
});
