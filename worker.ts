export default { fetch: () => new Response("not yet") };
export { DurableObject as StageQueue } from "cloudflare:workers";
