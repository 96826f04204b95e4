import { builtIn } from "../agent/dependency.ts";

/** The Encord client of this invocation. Costs nothing until it is used. */
export const client = builtIn({ modes: ["editor", "task"], make: (invocation) => invocation.client });
