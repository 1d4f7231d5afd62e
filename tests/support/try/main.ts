/**
 * The last step of `./install.sh --try`, which has built aws-use into `home/.local` of the folder AWS_USE_TRY_FOLDER:
 *
 *     main.ts [--once]
 *
 * Removes the folder when it ends, whatever ends it.
 */
import { writeHome } from "./home.ts";
import { tryInteractively } from "./interactive.ts";
import { tryOnce } from "./once.ts";
import { removeFolder } from "../remove.ts";

const signals = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
const folder = Deno.env.get("AWS_USE_TRY_FOLDER");
if (!folder) {
  console.error("this is a part of ./install.sh --try");
  Deno.exit(64);
}

const ended = new AbortController();
for (const [signal, status] of Object.entries(signals)) {
  Deno.addSignalListener(signal as keyof typeof signals, () => ended.abort(status));
}

async function tryOut(folder: string): Promise<number> {
  await writeHome(`${folder}/home`);
  // Ends the line that install.sh has begun.
  console.error("done");
  const shell = Deno.env.get("AWS_USE_TRY_SHELL") ?? "";
  if (Deno.args.includes("--once")) return await tryOnce(folder, shell, ended.signal, console.log) ? 0 : 1;
  return await tryInteractively(folder, shell, ended.signal, console.log);
}

let status = 1;
try {
  status = await tryOut(folder);
} catch (error) {
  console.error(error);
} finally {
  await removeFolder(folder);
  console.log("\nThe try-out is over: everything of it is stopped and removed.");
}
Deno.exit(ended.signal.aborted ? ended.signal.reason : status);
