/**
 * Renders the console's JSX to HTML text, at once, from the innermost element outwards. All text and all attribute values are escaped
 * here; only elements count as HTML, so nothing from outside can become HTML. Components are plain functions without state or waiting:
 * all that a page without a client side needs, at a tenth of the size of hono/jsx.
 */

import type { JSX as HonoJsx } from "hono/jsx/jsx-runtime";

/** A finished piece of HTML. */
export class Markup {
  readonly #html: string;

  constructor(html: string) {
    this.#html = html;
  }

  toString(): string {
    return this.#html;
  }
}

/** What may stand between two tags; `null`, `undefined` and booleans render as nothing. */
export type Child = Markup | string | number | boolean | null | undefined | readonly Child[];

type Props = Readonly<Record<string, unknown>> & { readonly children?: Child };
type Component = (props: Props) => Child;

// The compiler looks for a namespace of this name beside `jsx`.
export declare namespace JSX {
  type Element = Markup;
  interface ElementChildrenAttribute {
    children: Child;
  }
  type IntrinsicElements = {
    [Tag in keyof HonoJsx.IntrinsicElements]: Omit<HonoJsx.IntrinsicElements[Tag], "children"> & {
      readonly children?: Child;
    };
  };
}

/** Elements without an end tag. */
const VOID = new Set(["br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"]);
const UNSAFE = /[&<>"']/g;
const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Renders one element; the compiler turns `<tag ...props>` into calls of it. */
export function jsx(tag: string | Component, props: Props): Markup {
  if (typeof tag === "function") return Fragment({ children: tag(props) });
  const start = `<${tag}${Object.entries(props).map(attribute).join("")}>`;
  return new Markup(VOID.has(tag) ? start : `${start}${htmlOf(props.children)}</${tag}>`);
}

export { jsx as jsxDEV, jsx as jsxs };

/** `<>...</>`: children without an element around them. */
export function Fragment({ children }: Props): Markup {
  return new Markup(htmlOf(children));
}

/** ` name="value"`; `true` gives an empty attribute and `false` none, except for ARIA, which wants the words. */
function attribute([name, value]: [string, unknown]): string {
  if (name === "children" || value === null || value === undefined) return "";
  if (typeof value === "boolean" && !name.startsWith("aria-")) return value ? ` ${name}=""` : "";
  return ` ${name}="${escaped(String(value))}"`;
}

function htmlOf(child: Child): string {
  if (child === null || child === undefined || typeof child === "boolean") return "";
  if (child instanceof Markup) return child.toString();
  if (Array.isArray(child)) return child.map(htmlOf).join("");
  return escaped(String(child));
}

const escaped = (text: string) => text.replace(UNSAFE, (character) => ESCAPES[character] ?? "");
