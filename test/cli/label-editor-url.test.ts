/** Addresses of the Label Editor, against the recorded behaviour of the Python command line. */

import { expect, it } from "vitest";
import { labelEditorLink, parseLabelEditorUrl } from "../../src/cli/label-editor-url.ts";
import trace from "../fixtures/traces/45-cli-test.json" with { type: "json" };

interface Parsing {
  readonly args: { readonly url: string };
  readonly result?: { readonly payload: unknown; readonly domain: string };
}

const parsings = (trace.steps as readonly unknown[] as readonly (Parsing & { readonly op: string })[]).filter(
  ({ op }) => op === "parseEditorUrl",
);
/** Refused by the Python command line for their host alone; ours takes any https host, as Encord runs on custom domains too. */
const OTHER_HOSTS = /^https:\/\/(?:app\.eu|dev)\.encord\.com\//;

it.each(parsings.map(({ args, result }) => [args.url, result] as const))(
  "%s is read as Python reads it",
  (url, result) => {
    if (result) {
      const { origin, payload } = parseLabelEditorUrl(url);
      expect({ payload, domain: origin }).toEqual(result);
    } else if (OTHER_HOSTS.test(url)) {
      expect(parseLabelEditorUrl(url).origin).toBe(new URL(url).origin);
    } else {
      expect(() => parseLabelEditorUrl(url)).toThrow("is not an address of the Label Editor");
    }
  },
);

const ids = "aaaa0001-0000-4000-8000-000000000001/da7a0000-0000-4000-8000-000000000001";

it("custom domains are read, and what follows the data hash may be anything", () => {
  expect(
    parseLabelEditorUrl(`https://labels.example.com/label_editor/${ids.toUpperCase()}/review?x=1#top`),
  ).toEqual({
    origin: "https://labels.example.com",
    payload: {
      projectHash: "aaaa0001-0000-4000-8000-000000000001",
      dataHash: "da7a0000-0000-4000-8000-000000000001",
      frame: 0,
      objectHashes: null,
    },
  });
});

it("the link shows the same frame and objects again", () => {
  const url = `https://app.us.encord.com/label_editor/${ids}/12?objectHash=a%2Fb&objectHash=c`;
  expect(labelEditorLink(parseLabelEditorUrl(url))).toBe(url);
});

it.each([
  "",
  "label_editor",
  "https://app.encord.com/projects",
  `http://app.encord.com/label_editor/${ids}`,
  `https://app.encord.com/x/label_editor/${ids}`,
])("%j is refused with the form that is expected", (text) => {
  expect(() => parseLabelEditorUrl(text)).toThrow("Expected: https://app.encord.com/label_editor/");
});
