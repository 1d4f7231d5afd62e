/** Long-lived keys that lie in the files in plain text, and for how long they have been in use. */
import { shellWord } from "../../core/shell_word.ts";
import type { Plan } from "../../core/plan.ts";
import { quoted, shown } from "../../core/text.ts";
import type { Failure } from "../../errors.ts";
import { AwsError } from "../../world/aws.ts";
import type { World } from "../../world/world.ts";
import { caCertificates } from "../ca_bundle.ts";
import { failureOf, isClockRefusal, isKeyRefusal, masked, noAnswer } from "../refusals.ts";
import { brokenBy, type Finding, ok, warning } from "./finding.ts";

const name = "keys";

/** Source: CIS AWS Foundations Benchmark, "Ensure access keys are rotated every 90 days or less". */
const oldestDays = 90;

const dayMs = 86_400_000;

/**
 * AWS tells when a key was made, where it may be asked; else the file tells that its keys are at least as old as its
 * last change.
 */
export async function checkLongLivedKeys(
  world: World,
  plans: readonly Plan[],
  paths: { readonly config: string; readonly credentials: string },
): Promise<readonly Finding[]> {
  const inFiles = new Map(
    plans.filter(({ keys, keysFrom }) => keysFrom.kind !== "environment" && keys.sessionToken === undefined)
      .map((plan) => [plan.keys.accessKeyId, plan]),
  );
  const found = await Promise.all(Array.from(inFiles.values(), async (plan) => {
    const path = plan.keysFrom.kind === "config" ? paths.config : paths.credentials;
    return await examined(world, plan, path);
  }));
  const told = found.filter((finding) => finding !== null);
  if (told.length > 0 || inFiles.size === 0) return told;
  return [ok(name, `no long-lived key is older than ${oldestDays} days`)];
}

async function examined(world: World, plan: Plan, path: string): Promise<Finding | null> {
  const answer = await ageAtAws(world, plan);
  if (answer instanceof AwsError && isKeyRefusal(answer)) return brokenBy(name, refusalOf(answer, plan));
  const days = typeof answer === "number" ? answer : await ageOfFile(world, path);
  if (days !== null && days > oldestDays) {
    return tooOld(plan, path, `${typeof answer === "number" ? "" : "at least "}${Math.floor(days)} days`);
  }
  if (typeof answer === "number") return null;
  const { keys, keysFrom: { profile } } = plan;
  const unknown = `the age of the access key ${masked(keys.accessKeyId)} of profile ${quoted(profile)} is not known`;
  // What an administrator withholds is not for this person to mend.
  if (answer?.kind === "refused") return ok(name, `${unknown}: AWS does not let its user ask for it`);
  if (answer === null) return ok(name, `${unknown}: AWS does not list it`);
  const { message, hint } = noAnswer(answer, { call: "ListAccessKeys", again: "aws-use doctor" });
  return warning(name, `${unknown}: ${message}`, hint);
}

function refusalOf(error: AwsError, plan: Plan): Failure {
  const again = "aws-use doctor";
  return failureOf(error, { plan, step: null, call: "ListAccessKeys", again, plain: again, clockOffset: null });
}

function tooOld({ keys, keysFrom: { profile } }: Plan, path: string, days: string): Finding {
  const of = `--profile ${shellWord(profile)}`;
  return warning(
    name,
    `the access key ${masked(keys.accessKeyId)} of profile ${
      quoted(profile)
    } is ${days} old and lies in plain text in ` +
      shown(path),
    `make a new one: aws iam create-access-key ${of}; put it in: aws configure ${of}; switch the old one off: ` +
      `aws iam update-access-key --status Inactive --access-key-id OLD ${of}; and when nothing misses it: ` +
      `aws iam delete-access-key --access-key-id OLD ${of}`,
  );
}

/** Days since IAM made the key, or why it does not tell; null where it does not list it. */
async function ageAtAws(world: World, plan: Plan): Promise<number | AwsError | null> {
  try {
    const aws = await world.aws(await caCertificates(world, plan));
    const ask = () => aws.accessKeyCreatedAtMs({ endpoint: plan.iam, keys: plan.keys }, world.signal);
    const createdAtMs = await ask().catch((error) => {
      // The refusal has told the clock, so that the next request is signed with the right time.
      if (error instanceof AwsError && isClockRefusal(error)) return ask();
      throw error;
    });
    return createdAtMs === null ? null : (world.clock.nowMs() - createdAtMs) / dayMs;
  } catch (error) {
    world.signal.throwIfAborted();
    if (error instanceof AwsError) return error;
    throw error;
  }
}

async function ageOfFile(world: World, path: string): Promise<number | null> {
  const status = await world.files.status(path, { follow: true });
  return status && (world.clock.nowMs() - status.modifiedMs) / dayMs;
}
