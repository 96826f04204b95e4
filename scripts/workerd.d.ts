/** Declares what workerd and its bundler provide, for Worker sources that scripts in Node and the package's types include. */

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

interface Scheduler {
  wait(milliseconds: number): Promise<void>;
}
