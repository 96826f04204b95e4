/** The names of agents: they become part of a URL, so they are kept plain. */

const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** @throws TypeError unless the name can be part of a URL as it is */
export function assertAgentName(name: string): void {
  if (typeof name !== "string" || !NAME.test(name) || name.length > 64) {
    throw new TypeError(
      `An agent's name is at most 64 lower-case letters, digits and single dashes, such as "prelabel-video"; ` +
        `it is ${JSON.stringify(name)}.`,
    );
  }
}
