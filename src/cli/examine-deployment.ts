/** Checks a deployment from outside: is it there, is it set up, does each editor agent answer the editor's test call. */

import type { AgentSet } from "../agent/agent-set.ts";
import type { CliContext } from "./cli-context.ts";
import { type Finding, fault, note, ok } from "./finding.ts";

/** @param agents null when the definitions cannot be read */
export async function examineDeployment(
  context: CliContext,
  address: string,
  agents: AgentSet | null,
): Promise<Finding[]> {
  const subject = `Deployment ${address}`;
  if (!URL.canParse(address)) return [fault(subject, "is not a URL", "give it as https://<your worker>")];
  const base = new URL(address).origin;
  const health = await context.fetch(`${base}/health`).catch(() => null);
  if (health === null) return [fault(subject, "nothing answers there", "deploy first: npm run deploy")];
  const state = (await health.json().catch(() => null)) as { status?: string; missing?: string[] } | null;
  if (typeof state?.status !== "string") {
    return [
      fault(
        subject,
        `answers ${health.status}, but not as these agents do`,
        "check the address; is Access in front of all of it?",
      ),
    ];
  }
  const findings: Finding[] = [
    state.status === "ok"
      ? ok(subject, "set up")
      : fault(
          subject,
          `not set up: ${state.missing?.join(", ") ?? state.status}`,
          `npx wrangler secret put ${state.missing?.[0] ?? "ENCORD_SSH_KEY"}`,
        ),
  ];
  for (const { name } of agents?.editorAgents ?? []) {
    const answer = await context
      .fetch(`${base}/agents/${name}`, {
        method: "POST",
        headers: { "x-encord-agent": "test", origin: "https://app.encord.com" },
      })
      .catch(() => null);
    await answer?.body?.cancel();
    if (answer?.status !== 200) {
      const what = answer === null ? "does not answer" : `answers ${answer.status} to the editor's test call`;
      findings.push(fault(`Deployed agent ${name}`, what, "deploy again: npm run deploy"));
    } else if (answer.headers.get("access-control-allow-origin") === null) {
      findings.push(
        note(
          `Deployed agent ${name}`,
          "answers, but not for pages of app.encord.com",
          "check ENCORD_CORS_ORIGINS",
        ),
      );
    } else {
      findings.push(ok(`Deployed agent ${name}`, "answers the editor's test call"));
    }
  }
  return findings;
}
