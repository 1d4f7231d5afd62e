/**
 * What the try-out needs of ykman, where the real one is not installed or does not reach the virtual key: the same words, the
 * same texts and the same exit codes as ykman 5, over the same card.
 */
import { bigEndian, type Bytes, concat, fromHex, parseTagged, tagged, text, untext } from "../yubikey/bytes.ts";
import { type CardConnection, CardError, connectCard } from "./pcsc_client.ts";

export interface StandInOutput {
  out(line: string): void;
  err(line: string): void;
}

const selectManagement = fromHex("00a4040008a000000527471117");
const selectOath = fromHex("00a4040007a0000005272101");
const readConfig = fromHex("001d000000");
const listAccounts = fromHex("00a1000000");
const calculate = 0xa2;
const tag = { serial: 0x02, name: 0x71, nameInList: 0x72, challenge: 0x74, truncated: 0x76, touch: 0x7c } as const;
const touchNotGiven = 0x6982;
const periodSeconds = 30;

/** Runs `args` against the card behind `socket` and returns the exit code. */
export async function standIn(args: readonly string[], socket: string, output: StandInOutput): Promise<number> {
  if (args.includes("--version")) {
    output.out("YubiKey Manager (ykman) version: 5.0.0 (stand-in of aws-use --try)");
    return 0;
  }
  const words = withoutDevice(args);
  using card = await connectCard(socket);
  if (words.join(" ") === "list --serials") {
    if (card !== undefined) output.out(String(await serialOf(card)));
    return 0;
  }
  if (card === undefined) return fail(output, "No YubiKey detected!");
  if (words.join(" ") === "oath accounts list") {
    for (const name of await accountsOf(card)) output.out(name);
    return 0;
  }
  const [query, ...more] = words.slice(3).filter((word) => word !== "--");
  if (words.slice(0, 3).join(" ") === "oath accounts code" && query !== undefined && more.length === 0) {
    return await code(card, query, output);
  }
  output.err(`Usage: ykman [OPTIONS] COMMAND [ARGS]...\n\nError: the stand-in does not know: ${words.join(" ")}`);
  return 2;
}

/** There is one key; its number may be named. */
function withoutDevice(args: readonly string[]): readonly string[] {
  const at = args.indexOf("--device");
  return at < 0 ? args : args.toSpliced(at, 2);
}

async function serialOf(card: CardConnection): Promise<number> {
  await card.transmit(selectManagement);
  const config = await card.transmit(readConfig);
  const serial = parseTagged(config.subarray(1))?.find((triple) => triple.tag === tag.serial)?.value;
  return (serial ?? new Uint8Array()).reduce((number, byte) => number * 256 + byte, 0);
}

async function accountsOf(card: CardConnection): Promise<readonly string[]> {
  await card.transmit(selectOath);
  const triples = parseTagged(await card.transmit(listAccounts)) ?? [];
  // The first byte is the type and the algorithm.
  return triples.filter((triple) => triple.tag === tag.nameInList).map((triple) => untext(triple.value.subarray(1)));
}

/** As ykman does: the exact id, else every id that contains the query in any case; one line each. */
async function code(card: CardConnection, query: string, output: StandInOutput): Promise<number> {
  const names = await accountsOf(card);
  const matches = names.includes(query)
    ? [query]
    : names.filter((name) => name.toLowerCase().includes(query.toLowerCase()));
  for (const name of matches) {
    const digits = matches.length === 1 ? await codeOf(card, name, output) : "[Requires Touch]";
    if (digits === undefined) return fail(output, "Touch account timed out!");
    output.out(`${name}  ${digits}`);
  }
  return 0;
}

/** Undefined when the touch was not given. */
async function codeOf(card: CardConnection, name: string, output: StandInOutput): Promise<string | undefined> {
  const step = bigEndian(Math.floor(Date.now() / 1000 / periodSeconds), 8);
  const all = parseTagged(await card.transmit(apdu(0xa4, tagged(tag.challenge, step)))) ?? [];
  const own = all.findIndex((triple) => triple.tag === tag.name && untext(triple.value) === name);
  if (all[own + 1]?.tag === tag.touch) output.err("Touch your YubiKey...");
  try {
    const body = concat(tagged(tag.name, text(name)), tagged(tag.challenge, step));
    const answer = parseTagged(await card.transmit(apdu(calculate, body)))?.[0].value ?? new Uint8Array();
    const [digits, ...number] = answer;
    const value = number.reduce((sum, byte) => sum * 256 + byte, 0);
    return String(value % 10 ** digits).padStart(digits, "0");
  } catch (error) {
    if (error instanceof CardError && error.code === touchNotGiven) return undefined;
    throw error;
  }
}

/** P2 1 asks for the truncated code (YKOATH, CALCULATE). */
function apdu(instruction: number, body: Bytes): Bytes {
  return concat(Uint8Array.of(0, instruction, 0, 1, body.length), body);
}

function fail(output: StandInOutput, text: string): number {
  output.err(`ERROR: ${text}`);
  return 1;
}
