/** What workerd and its bundler have, for sources of the Worker that Node's scripts and the package's types look at. */

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

interface Scheduler {
  wait(milliseconds: number): Promise<void>;
}
