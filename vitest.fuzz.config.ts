import { mergeConfig } from "vitest/config";
import { workerd } from "./vitest.config.ts";

/** `npm run test:fuzz [media]`: test/fuzz/<area>*.fuzz.ts in workerd; FUZZ_MUTATIONS says how many, 2000 unless said otherwise. */
export default mergeConfig(workerd, {
  test: {
    name: "fuzz",
    include: ["test/fuzz/**/*.fuzz.ts"],
    provide: { mutations: Number(process.env.FUZZ_MUTATIONS ?? 2000) },
  },
});
