import { expect, it } from "vitest";
import { isConfigured, readConsoleSettings } from "../../src/console/console-settings.ts";

const OPERATOR = "operator-of-the-settings-test";
const VIEWER = "viewer-of-the-settings-test";
const TEAM = { ACCESS_TEAM_DOMAIN: "https://Team.cloudflareaccess.com/", ACCESS_AUD: " aud " };

it("each way in is read from its settings, without the blanks around them", () => {
  const settings = readConsoleSettings({
    ADMIN_TOKEN: `${OPERATOR}\n`,
    CONSOLE_VIEWER_TOKEN: ` ${VIEWER}`,
    CONSOLE_OPERATORS: "Me@example.com, @example.org",
    ...TEAM,
  });
  expect(settings).toEqual({
    development: false,
    operatorToken: OPERATOR,
    viewerToken: VIEWER,
    access: { issuer: "https://team.cloudflareaccess.com", audience: "aud" },
    accessAudience: "aud",
    operators: ["me@example.com", "@example.org"],
    faults: [],
  });
  expect(isConfigured(readConsoleSettings({ CONSOLE_VIEWER_TOKEN: VIEWER }))).toBe(true);
  expect(isConfigured(readConsoleSettings(TEAM))).toBe(true);
});

it("a faulty setting opens nothing, and is named", () => {
  const faulty = {
    ADMIN_TOKEN: [{ ADMIN_TOKEN: "x".repeat(19) }],
    CONSOLE_VIEWER_TOKEN: [
      { CONSOLE_VIEWER_TOKEN: "x".repeat(19) },
      { ADMIN_TOKEN: OPERATOR, CONSOLE_VIEWER_TOKEN: OPERATOR },
    ],
    ACCESS_TEAM_DOMAIN: [
      { ...TEAM, ACCESS_TEAM_DOMAIN: "team.example.com" },
      { ...TEAM, ACCESS_TEAM_DOMAIN: "https://team.cloudflareaccess.com.example.com" },
    ],
    ACCESS_AUD: [{ ACCESS_TEAM_DOMAIN: TEAM.ACCESS_TEAM_DOMAIN }],
  };
  for (const [setting, environments] of Object.entries(faulty)) {
    for (const environment of environments) {
      const { faults, viewerToken, access } = readConsoleSettings(environment);
      expect(faults).toMatchObject([{ setting }]);
      expect([viewerToken, access]).toEqual([null, null]);
    }
  }
});
