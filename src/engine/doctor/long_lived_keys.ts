/** Long-lived keys that lie in the files in plain text, and for how long they have been in use. */
import { shellWord } from "../../core/shell_word.ts";
import type { Plan } from "../../core/plan.ts";
import { quoted, shown } from "../../core/text.ts";
import { AwsError } from "../../world/aws.ts";
import type { World } from "../../world/world.ts";
import { caCertificates } from "../ca_bundle.ts";
import { masked } from "../refusals.ts";
import { type Finding, ok, warning } from "./finding.ts";

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
  const findings = await Promise.all(Array.from(inFiles.values(), async (plan) => {
    const path = plan.keysFrom.kind === "config" ? paths.config : paths.credentials;
    const known = await ageAtAws(world, plan);
    const days = known ?? await ageOfFile(world, path);
    if (days === null || days <= oldestDays) return [];
    const { profile } = plan.keysFrom;
    const age = `${known === null ? "at least " : ""}${Math.floor(days)} days old`;
    return [
      warning(
        name,
        `the access key ${masked(plan.keys.accessKeyId)} of profile ${
          quoted(profile)
        } is ${age} and lies in plain text ` +
          `in ${shown(path)}`,
        `make a new one, and delete this one: aws iam create-access-key --profile ${shellWord(profile)}`,
      ),
    ];
  }));
  const told = findings.flat();
  if (told.length > 0 || inFiles.size === 0) return told;
  return [ok(name, `no long-lived key is known to be older than ${oldestDays} days`)];
}

/** Days since IAM made the key; null where it cannot be asked. */
async function ageAtAws(world: World, plan: Plan): Promise<number | null> {
  try {
    const aws = await world.aws(await caCertificates(world, plan));
    const createdAtMs = await aws.accessKeyCreatedAtMs({ endpoint: plan.iam, keys: plan.keys }, world.signal);
    return createdAtMs === null ? null : (world.clock.nowMs() - createdAtMs) / dayMs;
  } catch (error) {
    world.signal.throwIfAborted();
    if (error instanceof AwsError) return null;
    throw error;
  }
}

async function ageOfFile(world: World, path: string): Promise<number | null> {
  const status = await world.files.status(path, { follow: true });
  return status && (world.clock.nowMs() - status.modifiedMs) / dayMs;
}
