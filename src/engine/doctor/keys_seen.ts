/** What ykman sees, asked once for all checks of it; nothing here wants a touch. */
import type { CardFacts } from "../../core/smart_card_access.ts";
import { secretVariables } from "../../core/secret_variables.ts";
import { explain, parseYkmanVersion } from "../../core/ykman_output.ts";
import { isLocked, reasonOf, ykmanFailure } from "../../core/ykman_failure.ts";
import { Failure } from "../../errors.ts";
import type { SessionCache } from "../../world/session_cache.ts";
import type { World } from "../../world/world.ts";
import { type AccountsOfKey, accountsOnKeys, type YkmanWorld } from "../../world/ykman.ts";
import { runYkman, type YkmanRun } from "../../world/ykman_process.ts";
import { eachKey } from "../oath_keys.ts";
import { isGivenByCommand } from "../oath_password.ts";
import { withYkman } from "../one_ykman.ts";
import type { WhileAsking } from "../waiting.ts";

export interface KeysSeen {
  /** The version that ykman tells, or why it could not be run. */
  readonly version: string | Failure;
  readonly keys: readonly AccountsOfKey[];
  /** Why ykman could not look for keys: another program has the only one. */
  readonly failure?: Failure;
  /** What else can be seen where no key is; null where there is one, or no ykman. */
  readonly without: CardFacts | null;
}

/** Never throws but the reason of the world's signal: what is wrong is part of the answer. */
export async function lookAtKeys(world: World, cache: SessionCache | null): Promise<KeysSeen> {
  const look = async (ykman: YkmanWorld): Promise<KeysSeen> => {
    const version = await versionOf(world, ykman);
    if (typeof version !== "string") return { version, keys: [], without: null };
    try {
      const keys = await accountsOnKeys(ykman, { signal: world.signal, again: "aws-use doctor" });
      return { version, keys, without: keys.length > 0 ? null : await cardFacts(world, ykman, false) };
    } catch (error) {
      world.signal.throwIfAborted();
      if (!(error instanceof Failure)) throw error;
      if (reasonOf(error) !== "pcscdOff") return { version, keys: [], failure: error, without: null };
      return { version, keys: [], without: await cardFacts(world, ykman, true) };
    }
  };
  return await alone(world, cache, look);
}

/**
 * `seen`, with the accounts of the keys that open to the password of the person's own command, where they have one.
 * `whileAsking` runs that command, which may ask them. Throws as {@link lookAtKeys}.
 */
export async function openedByCommand(
  world: World,
  cache: SessionCache | null,
  seen: KeysSeen,
  whileAsking: WhileAsking,
): Promise<KeysSeen> {
  if (!isGivenByCommand(world) || !seen.keys.some(({ failure }) => isLocked(failure))) return seen;
  const { signal } = world;
  const asked = { world, whileAsking, signal, again: "aws-use doctor" };
  const keys = await alone(world, cache, (ykman) => Array.fromAsync(eachKey({ ...asked, ykman })));
  return { ...seen, keys };
}

/** Two ykman at once break each other, so ours waits for the one of another aws-use. */
async function alone<T>(
  world: World,
  cache: SessionCache | null,
  look: (ykman: YkmanWorld) => Promise<T>,
): Promise<T> {
  if (cache) return await withYkman({ world, cache }, look);
  const { clock, environment } = world;
  return await look({ processes: await world.processes(), clock, environment });
}

async function versionOf({ signal }: World, ykman: YkmanWorld): Promise<string | Failure> {
  try {
    const run = await runYkman(ykman, ["--version"], { signal });
    const reason = "name" in run ? run : explain(run);
    if (reason) return ykmanFailure(reason, { mfaSerial: "" });
    return parseYkmanVersion((run as YkmanRun).stdout) ?? "unknown";
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) return error;
    return new Failure("unavailable", "ykman cannot be started", {
      hint: "see what it says: ykman --version",
      cause: error,
    });
  }
}

async function cardFacts(world: World, ykman: YkmanWorld, serviceMissing: boolean): Promise<CardFacts> {
  const listing = await runYkman(ykman, ["list"], { signal: world.signal });
  const system = await systemFacts(world);
  return { serviceMissing, listed: "name" in listing ? "" : listing.stdout, ...system };
}

/** Yubico's number as a maker of USB devices. Source: <http://www.linux-usb.org/usb.ids> */
const yubico = "1050";

/** Prints the maker of each device on the USB: once a right was given up, Deno itself reads nothing below /sys. */
const makersScript = 'for file in /sys/bus/usb/devices/*/idVendor; do read -r maker <"$file" && echo "$maker"; done';

/** Where Debian, Fedora and Arch keep pcscd and its driver. */
const pcscdPrograms = ["/usr/sbin/pcscd", "/usr/bin/pcscd"];
const usualSocket = "/run/pcscd/pcscd.comm";
const drivers = ["/usr/lib/pcsc/drivers", "/usr/lib64/pcsc/drivers", "/usr/lib64/readers"];

async function systemFacts(world: World) {
  const { files, environment } = world;
  const names = async (path: string) => await files.names(path).catch(() => []);
  const isThere = async (path: string) => await files.status(path).then((status) => status !== null, () => false);
  const makers = await makersOnUsb(world);
  const socket = environment.get("PCSCLITE_CSOCK_NAME") ?? usualSocket;
  return {
    onUsb: makers.length > 0 ? makers.includes(yubico) : null,
    pcscd: makers.length > 0 || await isThere("/run") && !environment.get("WSL_DISTRO_NAME")
      ? { socket: await isThere(socket), installed: (await Promise.all(pcscdPrograms.map(isThere))).includes(true) }
      : null,
    hasDriver: (await Promise.all(drivers.map(names))).some((found) => found.length > 0),
  };
}

async function makersOnUsb(world: World): Promise<readonly string[]> {
  const child = (await world.processes()).spawn({
    command: "/bin/sh",
    args: ["-c", makersScript],
    unset: secretVariables,
  });
  return (await child.stdout.catch(() => "")).split("\n").filter(Boolean);
}
