/** Names of agents: they become part of a URL, so they are plain. */

const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Throws a `TypeError` unless the name can stand in a URL as it is. */
export function assertAgentName(name: string): void {
  if (typeof name !== "string" || !NAME.test(name) || name.length > 64) {
    throw new TypeError(
      `An agent's name is at most 64 small letters, digits and single dashes, such as "prelabel-video"; ` +
        `it is ${JSON.stringify(name)}.`,
    );
  }
}
