/** Asks before anything that cannot simply be undone: what will happen to how many tasks, and what will not. */

import type { Operator } from "../operator.ts";
import { Csrf, Page } from "../parts/page.tsx";

export interface ConfirmPageProps {
  readonly operator: Operator;
  readonly csrf: string;
  readonly title: string;
  /** What will happen, and what will not; a sentence each. */
  readonly consequences: readonly string[];
  /** On the button. */
  readonly label: string;
  readonly action: string;
  readonly back: string;
  /** The form again, with `confirmed` added. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export function ConfirmPage({
  operator,
  csrf,
  title,
  consequences,
  label,
  action,
  back,
  fields,
}: ConfirmPageProps) {
  return (
    <Page title={title} operator={operator} csrf={csrf}>
      <h1>{title}</h1>
      <ul class="prose">
        {consequences.map((sentence) => (
          <li>{sentence}</li>
        ))}
      </ul>
      <form method="post" action={action} class="toolbar">
        <Csrf token={csrf} />
        {fields.map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <input type="hidden" name="confirmed" value="yes" />
        <button type="submit" class="danger">
          {label}
        </button>
        <a class="button" href={back}>
          Go back
        </a>
      </form>
    </Page>
  );
}
