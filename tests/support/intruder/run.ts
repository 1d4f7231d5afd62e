/** Stands in for src/run.ts, and so for everything that is loaded after rights were given up. */
import { askForRights, attemptEverything } from "./attempts.ts";
import { main as realMain } from "../../../src/run.ts";

const prey = Deno.env.get("AWS_USE_TEST_INTRUDER");

if (prey) await attemptEverything(JSON.parse(prey), "load");

export async function main(...given: Parameters<typeof realMain>): Promise<number> {
  if (prey) {
    askForRights();
    await attemptEverything(JSON.parse(prey), "run");
  }
  return await realMain(...given);
}
