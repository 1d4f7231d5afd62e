/** All checks of `aws-use doctor`, in the order in which their troubles cause each other. */
import { callTimeoutMs } from "../../world/aws.ts";
import type { World } from "../../world/world.ts";
import { waitingFor, type WhileAsking } from "../waiting.ts";
import { examineCache } from "./cache.ts";
import { checkClock } from "./clock.ts";
import { examineFiles } from "./config_files.ts";
import { checkEnvironment } from "./environment.ts";
import { atMostWarning, brokenBy, type Finding } from "./finding.ts";
import { lookAtKeys, openedByCommand } from "./keys_seen.ts";
import { checkLongLivedKeys } from "./long_lived_keys.ts";
import { checkPlugin } from "./plugin.ts";
import { examineProfiles } from "./profiles.ts";
import { checkPrompt } from "./prompt.ts";
import { askSts } from "./sts.ts";
import { checkYkman } from "./ykman.ts";
import { checkYubikey, devicesWanted, isTyped, typed } from "./yubikey.ts";

type Check = (whileAsking: WhileAsking) => Promise<readonly Finding[]> | readonly Finding[];

/**
 * Findings, each as soon as those before it are told. Asks for no touch and changes nothing. Throws only the reason of
 * the world's signal.
 */
export async function* examine(world: World): AsyncIterable<Finding> {
  const files = await examineFiles(world);
  const profiles = await examineProfiles(world, files);
  const { cache, findings: ofCache } = await examineCache(world);
  const wanted = devicesWanted(profiles.plans, files.config, world.environment.all());
  // What takes time begins now: the key and the network do not wait for each other.
  const keys = lookAtKeys(world, cache);
  const answers = askSts(world, files.config, profiles.plans);
  const paths = { config: files.configPath, credentials: files.credentialsPath };
  const longLived = checkLongLivedKeys(world, profiles.plans, paths);
  // A profile without an MFA device needs no key, and one whose codes come from elsewhere neither.
  const onKeys = wanted.filter((each) => !isTyped(each));
  const asNeeded = (findings: readonly Finding[]) => onKeys.length > 0 ? findings : findings.map(atMostWarning);

  const checks: readonly (readonly [string, Check])[] = [
    ["plugin", () => checkPlugin(world)],
    ["prompt", () => checkPrompt(world)],
    ["config", () => files.findings],
    ["profiles", () => profiles.findings],
    ["environment", () => checkEnvironment(world, files)],
    ["cache", () => ofCache],
    ["ykman", async () => asNeeded(checkYkman(await keys))],
    ["yubikey", async (whileAsking) => {
      const opened = await openedByCommand(world, cache, await keys, whileAsking);
      return [...asNeeded(checkYubikey(opened, onKeys)), ...wanted.filter(isTyped).map(typed)];
    }],
    ["sts", async () => (await answers).map(({ finding }) => finding)],
    ["clock", async () => checkClock(await answers, onKeys.length > 0)],
    ["keys", async () => await longLived],
  ];
  for (const late of [keys, answers, longLived]) late.catch(() => {});
  for (const [name, check] of checks) {
    yield* await waitingFor(world, waits[name] ?? "", async (_tell, whileAsking) => await check(whileAsking)).catch(
      (error) => {
        world.signal.throwIfAborted();
        return [brokenBy(name, error)];
      },
    );
  }
}

/** What is waited for, where a check may take longer than a second. */
const waits: Readonly<Record<string, string>> = {
  ykman: "waiting for ykman, for at most 30 s …",
  yubikey: "looking for YubiKeys, for at most 30 s …",
  sts: `waiting for AWS to answer, for at most ${callTimeoutMs / 1000} s …`,
  keys: `waiting for IAM to tell the age of the keys, for at most ${callTimeoutMs / 1000} s …`,
};
