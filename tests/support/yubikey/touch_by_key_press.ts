/**
 * Makes a key of the keyboard the gold disc of a virtual YubiKey, for trying things out without hardware:
 *
 *     deno run -A tests/support/yubikey/touch_by_key_press.ts CONTROL_SOCKET &
 *     ykman oath accounts code …
 *
 * Waits until a touch is wanted, says so on the terminal, and touches at the next key. It must run in the foreground's process
 * group, which is where a script puts what it starts with `&`; there Ctrl-C still ends it.
 */
import { askControl } from "./control.ts";

const [controlSocket] = Deno.args;
if (controlSocket === undefined) {
  console.error("usage: touch_by_key_press.ts CONTROL_SOCKET");
  Deno.exit(64);
}

const waitMs = 60_000;
const { ok: isWanted } = await askControl(controlSocket, { do: "waitTouch", waitMs });
if (!isWanted) Deno.exit(1);

const terminal = await Deno.open("/dev/tty", { read: true, write: true });
const leave = (code: number) => {
  terminal.setRaw(false);
  Deno.exit(code);
};
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) Deno.addSignalListener(signal, () => leave(130));

terminal.setRaw(true, { cbreak: true });
await terminal.write(new TextEncoder().encode("[virtual YubiKey] it blinks: press any key to touch it\r\n"));
await terminal.read(new Uint8Array(16));
const { ok: isTouched } = await askControl(controlSocket, { do: "touch", waitMs: 0 });
leave(isTouched ? 0 : 1);
