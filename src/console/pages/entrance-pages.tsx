/** Pages before the entrance, and pages in place of one that cannot be shown: closed, sign in, not set up, refused, not found, failed. */

import type { SettingsFault } from "../../settings.ts";
import type { ConsoleSettings } from "../console-settings.ts";
import type { Operator } from "../operator.ts";
import { Page } from "../parts/page.tsx";

/** Nobody can enter: how to change that, and nothing else. */
export function ClosedPage({ faults }: { faults: readonly SettingsFault[] }) {
  return (
    <Page title="Closed" operator={null}>
      <h1>This console is closed</h1>
      <p>Nobody can enter until this deployment says who may. Choose one, or both:</p>
      <ul class="prose">
        <li>
          <b>A token.</b> Make one with <code>openssl rand -hex 32</code>, give it to the Worker with{" "}
          <code>npx wrangler secret put ADMIN_TOKEN</code>, and sign in with it here. A second one,{" "}
          <code>CONSOLE_VIEWER_TOKEN</code>, lets people look but not act.
        </li>
        <li>
          <b>Cloudflare Access.</b> Put an Access application in front of the path <code>/console</code> of
          this Worker, and list in <code>CONSOLE_OPERATORS</code> who may act; everybody else whom Access lets
          in may look.
        </li>
      </ul>
      <Faults faults={faults} />
    </Page>
  );
}

/** @param props.back the page that was asked for */
export function SignInPage({
  settings,
  wrong,
  back,
}: {
  settings: ConsoleSettings;
  wrong: boolean;
  back: string;
}) {
  const hasToken = settings.operatorToken !== null || settings.viewerToken !== null;
  return (
    <Page title="Sign in" operator={null}>
      <h1>Sign in</h1>
      {hasToken ? (
        <form method="post" action="/console/sign-in" class="sign-in">
          <input type="hidden" name="back" value={back} />
          <label for="token">Console token</label>
          <input
            id="token"
            name="token"
            type="password"
            autocomplete="current-password"
            required
            aria-describedby={wrong ? "wrong" : undefined}
            aria-invalid={wrong ? "true" : undefined}
          />
          {wrong && (
            <p class="problem" id="wrong" role="alert">
              This is not one of the console's tokens.
            </p>
          )}
          <button type="submit" class="primary">
            Sign in
          </button>
          <p class="quiet">For 12 hours, in this browser. Changing the token signs everybody out.</p>
        </form>
      ) : (
        <p>
          Cloudflare Access has not let this request through. Open the console at the host name that the
          Access application protects.
        </p>
      )}
      <Faults faults={settings.faults} />
    </Page>
  );
}

export function NotSetUpPage({ operator, faults }: { operator: Operator; faults: readonly SettingsFault[] }) {
  return (
    <Page title="Not set up" operator={operator}>
      <h1>This deployment is not set up yet</h1>
      <Faults faults={faults} />
    </Page>
  );
}

/** @param props.back where the link leads */
export function MessagePage({
  operator,
  title,
  message,
  back,
}: {
  operator: Operator | null;
  title: string;
  message: string;
  back: string;
}) {
  return (
    <Page title={title} operator={operator}>
      <h1>{title}</h1>
      <p class="problem">{message}</p>
      <p>
        <a href={back}>Go back</a>
      </p>
    </Page>
  );
}

function Faults({ faults }: { faults: readonly SettingsFault[] }) {
  if (faults.length === 0) return null;
  return (
    <section aria-labelledby="faults">
      <h2 id="faults">Settings to correct</h2>
      <dl class="prose">
        {faults.map(({ setting, message }) => (
          <>
            <dt>
              <code>{setting}</code>
            </dt>
            <dd>{message}</dd>
          </>
        ))}
      </dl>
    </section>
  );
}
