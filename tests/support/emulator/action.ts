import type { Caller } from "./authenticate.ts";
import type { Params } from "./params.ts";
import type { World } from "./world.ts";
import type { XmlValue } from "./xml.ts";

/** One call of an action, after authentication. */
export interface ActionCall {
  readonly world: World;
  readonly caller: Caller;
  readonly params: Params;
  /** Told the window of a token code that was accepted. */
  readonly noteWindow: (window: number) => void;
}

export type Action = (call: ActionCall) => XmlValue;
