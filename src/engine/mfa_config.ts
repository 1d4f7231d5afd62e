/** `mfa_serial` in the AWS files: written to the profile that holds the keys, taken out where its device is gone. */
import { profileHeader, removeValue, setValue } from "../core/config_edit.ts";
import type { ConfigFile } from "../core/config_file.ts";
import { splitSerials } from "../core/mfa_serials.ts";
import { quoted, shown } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { type Change, changeConfig } from "./config_change.ts";
import { readWorldConfig } from "./config.ts";
import { withFlag } from "./hint_command.ts";

const key = "mfa_serial";

export interface ConfigRequest {
  readonly world: World;
  readonly cache: SessionCache;
}

/** Where `mfa_serial` of a profile stands or would stand. */
interface Place {
  readonly path: string;
  readonly isCredentials: boolean;
  readonly present: string | undefined;
  /** In words, for the person. */
  readonly where: string;
}

async function placeOf(world: World, profile: string): Promise<Place> {
  const read = await readWorldConfig(world);
  const entry = read.config.profiles.get(profile);
  const inCredentials = entry?.credentials?.section.options.get(key);
  const present = inCredentials ?? entry?.config?.section.options.get(key);
  const path = inCredentials ? read.credentialsPath : read.configPath;
  return {
    path,
    isCredentials: inCredentials !== undefined,
    present: present && String(present.value),
    where: `profile ${quoted(profile)} of ${shown(path)}`,
  };
}

/**
 * Tells before anything is made what `writeMfaSerial` will not be able to do. Throws Failure "usage" where nobody can be
 * asked and no answer was given beforehand.
 */
export async function checkMfaSerial(
  { world, again }: ConfigRequest & { readonly again: string },
  profile: string,
  serial: string,
  yes: boolean,
): Promise<void> {
  const { present, where } = await placeOf(world, profile);
  if (world.terminal.interactive || present === serial) return;
  if (present !== undefined) {
    const kept = `${where} keeps ${key} = ${shown(present)}`;
    return world.terminal.say(`aws-use: ${kept}, because nobody can be asked whether to replace it`);
  }
  if (yes) return;
  throw new Failure("usage", `nobody can be asked whether to write ${key} into ${where}`, {
    hint: `answer on the command line: ${withFlag(again, "--yes")}`,
  });
}

/**
 * Writes the serial to `profile`, once the person agrees or has said `yes` beforehand; a value that is there already is
 * replaced only when the person says so now. Returns whether the profile has it. Throws as `changeConfig` does.
 */
export async function writeMfaSerial(
  { world, cache }: ConfigRequest,
  profile: string,
  serial: string,
  yes: boolean,
): Promise<boolean> {
  const { path, isCredentials, present, where } = await placeOf(world, profile);
  if (present === serial) return true;
  const line = `${key} = ${serial}`;
  const agreed = present === undefined
    ? yes || await agrees(world, `write "${line}" into ${where}? [Y/n]`, true)
    : await agrees(world, `${where} has ${key} = ${shown(present)}; replace it by ${serial}? [y/N]`, false);
  if (!agreed) {
    world.terminal.say(`aws-use: not written: put "${line}" into ${where}`);
    return false;
  }
  const header = (file: ConfigFile) => isCredentials ? profile : profileHeader(file, profile);
  const change = await changeConfig(world, cache, path, (file) => setValue(file, header(file), key, serial));
  world.terminal.say(`aws-use: ${key} is in ${where}${before([change])}`);
  return true;
}

/** Where the copies of what was there before are, for the end of the line that tells of the changes. */
function before(changes: readonly (Change | null)[]): string {
  const backups = changes.flatMap((change) => change?.backup ?? []).map((path) => shown(path));
  return backups.length === 0 ? "" : ` (before: ${backups.join(", ")})`;
}

/** A profile that names a device, the keys by which it does, and the file. */
export interface Naming {
  readonly profile: string;
  readonly keys: readonly string[];
  readonly path: string;
  readonly header: string;
}

/** Where the files name the device, in either file and under either key. */
export async function profilesNaming({ world }: ConfigRequest, serial: string): Promise<readonly Naming[]> {
  const { config, configPath, credentialsPath } = await readWorldConfig(world);
  return [...config.profiles.values()].flatMap(({ name, config: own, credentials }) =>
    [{ block: own, path: configPath }, { block: credentials, path: credentialsPath }].flatMap(({ block, path }) => {
      const options = block?.section.options;
      const keys = [
        ...(options?.get(key)?.value === serial ? [key] : []),
        ...(others(options?.get(several)?.value, serial) === undefined ? [] : [several]),
      ];
      return block && keys.length > 0 ? [{ profile: name, keys, path, header: block.section.header }] : [];
    })
  );
}

const several = "aws_use_mfa_serials";

/** What is left of a list that names the device; undefined for one that does not. */
function others(value: unknown, serial: string): readonly string[] | undefined {
  const serials = typeof value === "string" ? splitSerials(value) : [];
  return serials.includes(serial) ? serials.filter((each) => each !== serial) : undefined;
}

/** What names the device, in words: `mfa_serial of profile "default"`. */
export function wordsOf(namings: readonly Naming[]): string {
  return [key, several].flatMap((each) => {
    const profiles = new Set(namings.filter(({ keys }) => keys.includes(each)).map(({ profile }) => quoted(profile)));
    if (profiles.size === 0) return [];
    const what = each === several ? `its entry in ${each}` : each;
    return [`${what} of ${profiles.size > 1 ? "profiles" : "profile"} ${[...profiles].join(", ")}`];
  }).join(" and ");
}

/**
 * Takes the device out of the files again, every other line untouched, and returns what was done, in words. Throws as
 * `changeConfig` does.
 */
export async function removeMfaSerial(
  { world, cache }: ConfigRequest,
  serial: string,
  namings: readonly Naming[],
): Promise<string> {
  const changes: (Change | null)[] = [];
  for (const path of new Set(namings.map((naming) => naming.path))) {
    const headers = namings.filter((naming) => naming.path === path).map(({ header }) => header);
    const taken = (file: ConfigFile) => headers.reduce((text, header) => without(text, header, serial), file);
    changes.push(await changeConfig(world, cache, path, taken));
  }
  return `removed: ${wordsOf(namings)}${before(changes)}`;
}

function without(file: ConfigFile, header: string, serial: string): ConfigFile {
  const options = file.sections.get(header)?.options;
  const single = options?.get(key)?.value === serial ? removeValue(file, header, key) : file;
  const rest = others(options?.get(several)?.value, serial);
  if (rest === undefined) return single;
  return rest.length === 0 ? removeValue(single, header, several) : setValue(single, header, several, rest.join(" "));
}

async function agrees(world: World, question: string, isYesUsual: boolean): Promise<boolean> {
  if (!world.terminal.interactive) return false;
  const answer = (await world.terminal.ask(`aws-use: ${question}`))?.trim();
  if (answer === undefined) return false;
  return answer === "" ? isYesUsual : /^y(es)?$/i.test(answer);
}
