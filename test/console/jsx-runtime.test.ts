import { expect, it } from "vitest";
import { Fragment, jsx } from "../../src/console/jsx-runtime.ts";

const HOSTILE = `</p><script>alert("1")</script> & 'x'`;
const ESCAPED = "&lt;/p&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;";
const html = (...words: Parameters<typeof jsx>) => String(jsx(...words));

it("escapes every text, wherever it stands", () => {
  expect(html("p", { children: HOSTILE })).toBe(`<p>${ESCAPED}</p>`);
  expect(html("p", { title: HOSTILE })).toBe(`<p title="${ESCAPED}"></p>`);
  expect(html("p", { children: [[HOSTILE], HOSTILE] })).toBe(`<p>${ESCAPED}${ESCAPED}</p>`);
  expect(html(() => HOSTILE, {})).toBe(ESCAPED);
  expect(String(Fragment({ children: HOSTILE }))).toBe(ESCAPED);
});

it("takes nothing for HTML but what it made itself", () => {
  const forged = { toString: () => "<b>", isEscaped: true, map: () => ["<b>"] };
  expect(html("p", { children: forged as unknown as string })).toBe("<p>&lt;b&gt;</p>");
  expect(html("p", { title: forged })).toBe('<p title="&lt;b&gt;"></p>');
  expect(html("p", { children: jsx("b", { children: "1" }) })).toBe("<p><b>1</b></p>");
});

it("writes attributes as HTML knows them", () => {
  expect(html("input", { value: 0, hidden: true, disabled: false, name: undefined, id: null })).toBe(
    '<input value="0" hidden="">',
  );
  expect(html("button", { "aria-pressed": false, children: "x" })).toBe(
    '<button aria-pressed="false">x</button>',
  );
});

it("shows nothing of null, undefined and booleans, and a nought of 0", () => {
  expect(html("p", { children: [null, undefined, false, true, 0, ""] })).toBe("<p>0</p>");
  expect(html("p", {})).toBe("<p></p>");
});

it("gives a component its children", () => {
  const Frame = ({ children, id }: Readonly<Record<string, unknown>>) =>
    jsx("section", { id, children: [children as string, jsx("hr", {})] });
  expect(html(Frame, { id: "a", children: "b" })).toBe('<section id="a">b<hr></section>');
});
