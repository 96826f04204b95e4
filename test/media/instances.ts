/** Watches how many WebAssembly instances are made, and how large their memories get, while `run` runs. */
export async function watchInstances(
  run: () => Promise<void>,
): Promise<{ made: number; largestBytes: number }> {
  const { Instance } = WebAssembly;
  const memories: WebAssembly.Memory[] = [];
  WebAssembly.Instance = new Proxy(Instance, {
    construct(target, values: ConstructorParameters<typeof WebAssembly.Instance>) {
      const instance = new target(...values);
      memories.push(instance.exports.memory as WebAssembly.Memory);
      return instance;
    },
  });
  try {
    await run();
  } finally {
    WebAssembly.Instance = Instance;
  }
  const sizes = memories.map(({ buffer }) => buffer.byteLength);
  return { made: memories.length, largestBytes: Math.max(0, ...sizes) };
}
