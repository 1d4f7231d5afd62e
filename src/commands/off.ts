/** `aws-use off` is the plugin's own: only a shell can change its variables. The core is reached where none is loaded. */
import type { Arguments } from "../arguments.ts";
import { Failure } from "../errors.ts";
import type { World } from "../world/world.ts";

export function command(_given: Arguments, _world: World): Promise<number> {
  throw new Failure("usage", "this shell has not loaded the aws-use plugin, so nothing can be taken out of it", {
    hint: "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
  });
}
