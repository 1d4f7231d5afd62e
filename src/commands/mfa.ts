/** `aws-use mfa ACTION [PROFILE]`: the MFA devices of an IAM user, at AWS and on YubiKeys. */
import type { Arguments } from "../arguments.ts";
import { mfaActions } from "../cli.ts";
import { hintIn } from "../core/hint.ts";
import { checkDeviceName } from "../core/mfa_device.ts";
import { didYouMean } from "../core/nearest.ts";
import { shellWord } from "../core/shell_word.ts";
import { quoted, shown } from "../core/text.ts";
import { checkUserName } from "../core/user_name.ts";
import { keepClockUntold } from "../engine/aws_call.ts";
import { readWorldConfig } from "../engine/config.ts";
import { commandFor } from "../engine/hint_command.ts";
import { type Iam, openIam } from "../engine/mfa_access.ts";
import { exitCodes, Failure } from "../errors.ts";
import { openCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";

type Action = keyof typeof mfaActions;

const actions: Readonly<Record<Action, (iam: Iam, given: Arguments, world: World) => Promise<number>>> = {
  async enroll(iam, given, world) {
    const { enroll } = await import("../engine/mfa_enroll.ts");
    const { seedDisplay } = await import("../engine/seed_display.ts");
    const showSeed = seedDisplay(world, { qr: given.has("qr"), text: given.has("show-seed") });
    const userName = given.value("user");
    const { serial, unfinished } = await enroll(iam, {
      name: given.value("name"),
      userName,
      count: countOf(given.value("keys")),
      deviceSerial: iam.plan.yubikey,
      mayWaitForSpare: world.terminal.interactive,
      touch: !given.has("no-touch"),
      yes: given.has("yes"),
      showSeed,
    });
    if (unfinished) {
      world.output.err(`aws-use: error: ${shown(unfinished.message, 2000)}`);
      world.output.err(`aws-use: hint: ${shown(hintIn(world.environment.all(), unfinished.hint), 2000)}`);
      return exitCodes[unfinished.kind];
    }
    if (userName === undefined) return 0;
    world.output.err(`aws-use: the line for the profile that holds the keys of ${shown(userName)}:`);
    world.output.out(`mfa_serial = ${serial}\n`);
    return 0;
  },

  async list(iam, given, world) {
    const { listed } = await import("../engine/mfa_list.ts");
    const { text, unread } = await listed(iam, given.has("json"));
    world.output.out(text);
    return unread ? exitCodes[unread.kind] : 0;
  },

  async resync(iam, given, world) {
    const { resync } = await import("../engine/mfa_resync.ts");
    const serial = await resync(iam, { name: given.value("name"), yes: given.has("yes") });
    world.output.err(`aws-use: AWS is in step with ${shown(serial)} again`);
    return 0;
  },

  async remove(iam, given, world) {
    const { remove } = await import("../engine/mfa_remove.ts");
    const serial = await remove(iam, {
      name: given.value("name"),
      last: given.has("last"),
      yes: given.has("yes"),
    });
    world.output.err(`aws-use: ${shown(serial)} is removed`);
    return 0;
  },
};

export async function command(given: Arguments, world: World): Promise<number> {
  const action = actionOf(given.positional[0]);
  refuseForeignFlags(action, given);
  refuseWrongValues(action, given);
  const read = await readWorldConfig(world);
  const profile = given.positional[1] ?? profileMeant(world);
  const cache = await openCache(world);
  if (action === "enroll" || action === "resync") keepClockUntold(world);
  const asProfile = given.value("user") !== undefined;
  const iam = await openIam({ world, cache, read, profile, again: againOf(action, given), asProfile });
  return await actions[action](iam, given, world);
}

/**
 * The profile that is active, else the one that the AWS CLI would take.
 * Source: botocore's configprovider.py, where AWS_DEFAULT_PROFILE comes before AWS_PROFILE.
 */
function profileMeant({ environment }: World): string {
  const names = ["AWS_USE_ACTIVE", "AWS_USE_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_PROFILE"];
  return names.map((name) => environment.get(name)).find((name) => name !== undefined) ?? "default";
}

function actionOf(word: string | undefined): Action {
  if (word !== undefined && Object.hasOwn(mfaActions, word)) return word as Action;
  const names = Object.keys(mfaActions);
  const what = word === undefined ? "an action is missing" : `there is no action ${quoted(word)}`;
  throw new Failure("usage", `${what}${didYouMean(word ?? "", names)}: ${names.join(", ")}`, {
    hint: "aws-use mfa --help",
  });
}

/** One verb has the flags of all its actions; one that would change nothing is a mistake. */
function refuseForeignFlags(action: Action, given: Arguments): void {
  const own = mfaActions[action].flags;
  const all = Object.values(mfaActions).flatMap(({ flags }) => flags.map(({ name }) => name));
  const foreign = all.find((flag) => given.has(flag) && !own.some(({ name }) => name === flag));
  if (foreign === undefined) return;
  throw new Failure("usage", `--${foreign} means nothing to "mfa ${action}"`, {
    hint: `aws-use mfa ${action} --help`,
  });
}

/** The command that does the same again, in which no answer is given beforehand but those that were. */
function againOf(action: Action, given: Arguments): string {
  const flags = mfaActions[action].flags.flatMap(({ name, value }) => {
    if (!given.has(name)) return [];
    return value === undefined ? [`--${name}`] : [`--${name} ${shellWord(given.value(name) ?? "")}`];
  });
  const profile = given.positional[1];
  return profile === undefined
    ? ["aws-use mfa", action, ...flags].join(" ")
    : commandFor(`mfa ${action}`, profile, flags);
}

/** What is wrong whatever the profile and AWS say. */
function refuseWrongValues(action: Action, given: Arguments): void {
  countOf(given.value("keys"));
  const [name, userName] = [given.value("name"), given.value("user")];
  // Of a device that is there it may be the ARN, too.
  if (name !== undefined && (action === "enroll" || name === "")) checkDeviceName(name);
  if (userName !== undefined) checkUserName(userName);
}

function countOf(text: string | undefined): number {
  if (text === undefined) return 1;
  if (/^[1-8]$/.test(text)) return Number(text);
  throw new Failure("usage", `--keys is ${quoted(text)}, which is no number from 1 to 8`, { hint: "--keys 2" });
}
