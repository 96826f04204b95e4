/** What a bundler for Workers makes of WebAssembly, for the types of the package (tsconfig.package.json). */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
