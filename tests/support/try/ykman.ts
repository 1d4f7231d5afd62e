/**
 * ykman as the try-out puts it on PATH: the real one, or a stand-in, over the virtual key, with a key of the keyboard for the
 * gold disc.
 *
 *     ykman.ts SOCKET CONTROL_SOCKET key|auto REAL_YKMAN|- [ARGUMENT…]
 */
import { askControl } from "../yubikey/control.ts";
import { standIn } from "./ykman_stand_in.ts";

const [socket, control, touch, real, ...args] = Deno.args;
const touchText = "Touch your YubiKey";
const encoder = new TextEncoder();

let child: Deno.ChildProcess | undefined;
let terminal: Deno.FsFile | undefined;

/** Puts the terminal back and ends. The real ykman does not heed SIGINT while it waits for a touch, so it gets SIGTERM. */
function leave(code: number): never {
  terminal?.setRaw(false);
  try {
    child?.kill("SIGTERM");
  } catch {
    // It has ended.
  }
  Deno.exit(code);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.addSignalListener(signal, () => leave(1));
}

function sayError(text: string): void {
  if (touch === "key" && text.includes(touchText)) void touchAtKeyPress();
  Deno.stderr.writeSync(encoder.encode(text));
}

/** Says above the line on which the cursor stands that the key wants a touch, and touches it when a key is pressed. */
async function touchAtKeyPress(): Promise<void> {
  try {
    terminal = Deno.openSync("/dev/tty", { read: true, write: true });
    terminal.setRaw(true, { cbreak: true }); // cbreak: Ctrl-C stays a signal
    // Room for one more line, then a line inserted above: whatever stands on this one stays there, and stays its owner's.
    terminal.writeSync(encoder.encode("\n\x1b[A\r\x1b[Lvirtual YubiKey: press any key to touch it\r\n"));
    await terminal.read(new Uint8Array(64));
  } catch {
    // No terminal to read from: then the key touches itself, or the call could never end.
  }
  await askControl(control, { do: "touch", waitMs: 5000 });
}

async function runReal(): Promise<number> {
  child = new Deno.Command(real, {
    args,
    env: { PCSCLITE_CSOCK_NAME: socket },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "piped",
  }).spawn();
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) sayError(text);
  return (await child.status).code;
}

leave(
  real === "-"
    ? await standIn(args, socket, { out: (line) => console.log(line), err: (line) => sayError(`${line}\n`) })
    : await runReal(),
);
