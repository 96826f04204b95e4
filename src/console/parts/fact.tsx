import type { Child } from "../jsx-runtime.ts";

/** A name and its value, within a `<dl class="facts">`. */
export function Fact({ name, children }: { name: string; children?: Child }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
