/** The seed of a new device, shown to the person who wishes to keep it on paper or in an authenticator. */
import { otpauthUri } from "../core/otpauth.ts";
import { qrCode, qrSize } from "../core/qr.ts";
import { shown } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { World } from "../world/world.ts";

/** Light modules around the code, of which ISO/IEC 18004 wants four; every reader known takes two. */
const quietZone = 2;

/** Lines below the code: the seed, an empty one and the question. */
const linesBelow = 3;

/** The length of a seed of AWS in base32: 64 characters for 40 bytes. */
const usualSeed = "A".repeat(64);

export interface Device {
  readonly serial: string;
  readonly seed: string;
}

/**
 * Shows a device's seed until Enter is pressed, on the terminal's other screen, which leaves nothing in its history;
 * undefined where the person does not wish to see it.
 *
 * Throws Failure "usage" where there is no terminal, and "cancelled" where nobody presses Enter.
 */
export function seedDisplay(
  world: World,
  wishes: { readonly qr: boolean; readonly text: boolean },
): ((device: Device) => Promise<void>) | undefined {
  if (!wishes.qr && !wishes.text) return undefined;
  const { terminal } = world;
  if (!terminal.interactive) {
    throw new Failure("usage", "the seed is shown on a terminal alone, and there is none", {
      hint: "leave --qr and --show-seed out, or call aws-use in a terminal",
    });
  }
  if (wishes.qr) refuseSmall(terminal.columns, terminal.rows);
  return async ({ serial, seed }) => {
    const lines = [
      ...(wishes.qr ? qrLines(otpauthUri(serial, seed)) : []),
      ...(wishes.text ? [`${shown(serial)}  ${shown(seed)}`] : []),
      "",
    ];
    terminal.draw(`\x1b[?1049h\x1b[2J\x1b[H${lines.join("\r\n")}\r\n`);
    try {
      const answer = await terminal.ask("keep it now, for it is not shown again, then press Enter:");
      if (answer === null) throw new Failure("cancelled", "nobody pressed Enter", { hint: "call again" });
    } finally {
      terminal.draw("\x1b[2J\x1b[H\x1b[?1049l");
    }
  };
}

/** Before anything is made: half a code is no code. The longest name gives the largest code. */
function refuseSmall(columns: number, rows: number): void {
  const longest = `arn:aws:iam::123456789012:mfa/${"a".repeat(34)}`;
  const side = qrSize(otpauthUri(longest, usualSeed)) + 2 * quietZone;
  const height = Math.ceil(side / 2) + linesBelow;
  if (columns >= side && rows >= height) return;
  throw new Failure(
    "usage",
    `the QR code wants a terminal of ${side} × ${height}, and this one has ${columns} × ${rows}`,
    {
      hint: "make the window larger, or show the text alone: --show-seed",
    },
  );
}

/** Two modules in one character: its upper and lower half. Black on white whatever colors the terminal has. */
function qrLines(text: string): readonly string[] {
  const code = qrCode(text);
  const isDark = (row: number, column: number) => code[row - quietZone]?.[column - quietZone] ?? false;
  const side = code.length + 2 * quietZone;
  return Array.from({ length: Math.ceil(side / 2) }, (_, line) => {
    const cells = Array.from({ length: side }, (_, column) => {
      const [upper, lower] = [isDark(2 * line, column), isDark(2 * line + 1, column)];
      return upper ? lower ? "█" : "▀" : lower ? "▄" : " ";
    });
    return `\x1b[30;107m${cells.join("")}\x1b[0m`;
  });
}
