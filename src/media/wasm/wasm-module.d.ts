/** A WebAssembly file that is imported is a module, compiled when the Worker is deployed. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
