/**
 * argv → verb → command → exit code; the only place that builds the real world.
 *
 * The program is compiled with all rights, because only then may the controlling terminal be opened for writing. So the
 * first act is to give up what the verb does not need, before a dependency is loaded.
 */
import { powersOf, verbOf } from "./cli.ts";
import { openChannels } from "./world/channels.ts";

if (import.meta.main) {
  const { verb, rest } = verbOf(Deno.args);
  const powers = powersOf(verb, rest);
  const channels = openChannels(verb.speaks === true);
  Deno.permissions.revokeSync({ name: "ffi" });
  if (!powers.network) Deno.permissions.revokeSync({ name: "net" });
  if (!powers.processes) Deno.permissions.revokeSync({ name: "run" });
  if (!powers.writes) Deno.permissions.revokeSync({ name: "write" });
  // Loaded only now, so that nothing of it ever runs with rights that the verb does not have.
  const { main } = await import("./run.ts");
  Deno.exit(await main(Deno.args, channels));
}
