/** For tests of agents: an emulated Encord in the same process, and a way to run an agent against it. */

export * from "../../test/emulator/index.ts";
export { type EmulatedEncord, type WorkedTask, type WorkOffOptions, workOff } from "./work-off.ts";
