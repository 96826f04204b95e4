import { expect, it, vi } from "vitest";
import {
  createWorkerLog,
  type Environment,
  isLoopback,
  readSettings,
  readShards,
  SettingsError,
  secretsOf,
} from "../src/settings.ts";
import authVectors from "./fixtures/vectors/auth.json";

const KEY = authVectors.key.opensshPrivateKey;
const PROJECT = "aaaa0001-0000-4000-8000-000000000001";

function faultsOf(environment: Environment): string[] {
  try {
    readSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError)
      return error.faults.map((fault) => `${fault.setting}: ${fault.message}`);
    throw error;
  }
  return [];
}

it("a key alone is enough; the rest has defaults", () => {
  expect(readSettings({ ENCORD_SSH_KEY: KEY })).toEqual({
    sshKey: KEY.trim(),
    sshKeyPassword: null,
    domain: "https://api.encord.com",
    webhookSecrets: [],
    projects: null,
    corsOrigins: null,
    development: false,
    adminToken: null,
    leaseMs: 60_000,
    maxBatches: 16,
  });
});

it("lists may be written with commas, spaces or line breaks", () => {
  const settings = readSettings({
    ENCORD_SSH_KEY: KEY,
    ENCORD_DOMAIN: "us",
    ENCORD_WEBHOOK_SECRET: ",one,two\nthree,",
    ENCORD_PROJECTS: `${PROJECT.toUpperCase()}, ${PROJECT.replace("1", "2")}`,
    ENCORD_CORS_ORIGINS: "https://encord.example.com http://localhost:3000",
  });
  expect(settings).toMatchObject({
    domain: "https://api.us.encord.com",
    webhookSecrets: ["one", "two", "three"],
    projects: [PROJECT, PROJECT.replace("1", "2")],
    corsOrigins: ["https://encord.example.com", "http://localhost:3000"],
  });
});

it("everything that is wrong is told at once, with what it should be", () => {
  const faults = faultsOf({
    ENCORD_DOMAIN: "somewhere",
    ENCORD_PROJECTS: "my-project",
    ENCORD_CORS_ORIGINS: "https://encord.example.com/",
    ENVIRONMENT: "staging",
    QUEUE_LEASE_SECONDS: "0",
    LOG_LEVEL: "loud",
  });
  expect(faults).toHaveLength(7);
  expect(faults[0]).toMatch(/^ENCORD_SSH_KEY: it is missing\. .*Public keys.*wrangler secret put/);
  expect(faults[1]).toMatch(
    /^ENCORD_DOMAIN: it must be "EU", "US" or the address of an API\. .*; it is "somewhere"\.$/,
  );
  expect(faults[2]).toMatch(/^ENCORD_PROJECTS: "my-project" is not a project hash/);
  expect(faults[3]).toMatch(/^ENCORD_CORS_ORIGINS: .* is not an origin/);
  expect(faults[4]).toMatch(/^ENVIRONMENT: it must be "production"/);
  expect(faults[5]).toBe('LOG_LEVEL: it must be one of debug, info, warn, error; it is "loud".');
  expect(faults[6]).toMatch(/^QUEUE_LEASE_SECONDS: it must be from 2 to 900/);
});

it("numbers and tokens may be as small and as large as their faults say", () => {
  const key = { ENCORD_SSH_KEY: KEY };
  const good = { QUEUE_LEASE_SECONDS: "900", QUEUE_MAX_BATCHES: "1000", ADMIN_TOKEN: "x".repeat(20) };
  expect(readSettings({ ...key, ...good, QUEUE_SHARDS: "64" })).toMatchObject({
    leaseMs: 900_000,
    maxBatches: 1000,
    adminToken: good.ADMIN_TOKEN,
  });
  expect(
    readSettings({ ...key, QUEUE_LEASE_SECONDS: "2", QUEUE_MAX_BATCHES: "1", QUEUE_SHARDS: "1" }),
  ).toMatchObject({
    leaseMs: 2000,
    maxBatches: 1,
  });
  const wrong = { QUEUE_LEASE_SECONDS: "901", QUEUE_MAX_BATCHES: "0", ADMIN_TOKEN: "x".repeat(19) };
  expect(faultsOf({ ...key, ...wrong, QUEUE_SHARDS: "65" })).toEqual([
    'QUEUE_SHARDS: it must be a whole number from 1 to 64; it is "65".',
    'QUEUE_MAX_BATCHES: it must be a whole number from 1 to 1000; it is "0".',
    "ADMIN_TOKEN: it must have at least 20 characters. Make one with `openssl rand -hex 32`.",
    'QUEUE_LEASE_SECONDS: it must be from 2 to 900 seconds; it is "901".',
  ]);
  expect(faultsOf({ ...key, QUEUE_SHARDS: "1.5" })).toHaveLength(1);
  expect([readShards({}), readShards({ QUEUE_SHARDS: "3" }), readShards({ QUEUE_SHARDS: "x" })]).toEqual([
    1, 3, 1,
  ]);
});

it("what people paste instead of a key is recognised, and never quoted", () => {
  const pasted = {
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI me@here": "the public half",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----": "another kind of key",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----": "another kind of key",
    "-----BEGIN OPENSSH PRIVATE KEY-----\n...\n-----END OPENSSH PRIVATE KEY-----\n": "the placeholder",
    "~/.ssh/id_ed25519": "path of a file",
    "hunter2/is.mine": "not an OpenSSH private key. Give",
  };
  for (const [text, says] of Object.entries(pasted)) {
    const [fault = ""] = faultsOf({ ENCORD_SSH_KEY: text });
    expect(fault).toContain(says);
    expect(fault).not.toContain(text);
  }
});

it("the domain is the API's whole address, and no password in it is ever quoted", () => {
  const faultOf = (ENCORD_DOMAIN: string) => faultsOf({ ENCORD_SSH_KEY: KEY, ENCORD_DOMAIN })[0];
  expect(faultOf("https://encord.example.com/api")).toContain("must be an origin");
  expect(faultOf("https://app.encord.com")).toContain("its API is at https://api.encord.com.");
  expect(faultOf("https://me:hunter2@api.encord.com")).not.toContain("hunter2");
});

it("every secret is known to the log, without the blanks around it", () => {
  const environment = {
    ENCORD_SSH_KEY: `${KEY}\n`,
    ENCORD_SSH_KEY_PASSWORD: "password-of-the-key",
    ADMIN_TOKEN: "a-token-of-twenty-letters\n",
    CONSOLE_VIEWER_TOKEN: "another-of-twenty-letters",
    ENCORD_WEBHOOK_SECRET: "whsec-one, whsec-two",
  };
  expect(secretsOf(environment)).toEqual([
    KEY.trim(),
    "password-of-the-key",
    "a-token-of-twenty-letters",
    "another-of-twenty-letters",
    "whsec-one",
    "whsec-two",
  ]);
  expect(secretsOf({})).toEqual([]);
  const written = vi.spyOn(console, "info").mockReturnValue();
  try {
    createWorkerLog(environment).info("given", { text: "Bearer a-token-of-twenty-letters" });
    expect(written.mock.calls[0]?.[0]).toContain("Bearer [redacted]");
    createWorkerLog({ LOG_LEVEL: "error" }).info("quiet");
    createWorkerLog({ LOG_LEVEL: "loud" }).info("as without a level");
    expect(written).toHaveBeenCalledTimes(2);
  } finally {
    written.mockRestore();
  }
});

it("plain http is for an emulator on this computer, in development", () => {
  const key = { ENCORD_SSH_KEY: KEY };
  expect(faultsOf({ ...key, ENCORD_DOMAIN: "http://api.example.com" })[0]).toContain(
    "must begin with https://",
  );
  expect(faultsOf({ ...key, ENCORD_DOMAIN: "http://127.0.0.1:9000" })[0]).toMatch(
    /^ENCORD_DOMAIN: .*needs ENVIRONMENT=development/,
  );
  const local = { ...key, ENCORD_DOMAIN: "http://127.0.0.1:9000/", ENVIRONMENT: "development" };
  expect(readSettings(local).domain).toBe("http://127.0.0.1:9000");
});

it("this computer is localhost and the loopback addresses, and nothing that only looks like them", () => {
  const own = ["localhost", "127.0.0.1", "127.8.9.200", "::1", "[::1]", "::ffff:127.0.0.1"];
  expect(own.filter((host) => !isLoopback(host))).toEqual([]);
  const others = ["localhost.example.com", "my-localhost", "127-0-0-1", "127.0.0.1.example.com", "227.0.0.1"];
  expect(others.filter(isLoopback)).toEqual([]);
});
