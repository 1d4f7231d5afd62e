/** Does AWS answer: one unsigned request to each endpoint of STS that the profiles use. It tells the clock besides. */
import { endpoints } from "../../core/endpoints.ts";
import type { Config } from "../../core/config.ts";
import type { Endpoint, Plan } from "../../core/plan.ts";
import { shown } from "../../core/text.ts";
import { AwsError } from "../../world/aws.ts";
import type { World } from "../../world/world.ts";
import { caCertificates } from "../ca_bundle.ts";
import { networkHint } from "../refusals.ts";
import { broken, brokenBy, type Finding, ok, warning } from "./finding.ts";

export interface Answer {
  readonly finding: Finding;
  /** Seconds that the clock of AWS is ahead; null where it did not tell. */
  readonly clockOffset: number | null;
}

const name = "sts";

/** An answer for each endpoint, in the order of the profiles. */
export async function askSts(world: World, config: Config, plans: readonly Plan[]): Promise<readonly Answer[]> {
  const targets = new Map(
    targetsOf(world, config, plans).map((target) => [`${target.endpoint.url} ${target.caBundle ?? ""}`, target]),
  );
  return await Promise.all(Array.from(targets.values(), (target) => ask(world, target)));
}

interface StsTarget {
  readonly endpoint: Endpoint;
  readonly caBundle?: string;
}

function targetsOf(world: World, config: Config, plans: readonly Plan[]): readonly StsTarget[] {
  const calling = plans.filter((plan) => plan.steps.length > 0);
  if (calling.length > 0) return calling.map(({ sts, caBundle }) => ({ endpoint: sts, caBundle }));
  const nobody = { name: "default", entry: { name: "default" }, included: [] };
  return [{ endpoint: endpoints(nobody, config, world.environment.all(), undefined, []).sts }];
}

async function ask(world: World, { endpoint, caBundle }: StsTarget): Promise<Answer> {
  const { host } = new URL(endpoint.url);
  try {
    const aws = await world.aws(await caCertificates(world, { caBundle }));
    const status = await aws.reach(endpoint, world.signal);
    const clockOffset = aws.clockOffset();
    const finding = status < 500
      ? ok(name, `${host} answers`)
      : warning(name, `${host} answered ${status}`, "it is AWS's trouble; try again in a minute: aws-use doctor");
    return { finding, clockOffset };
  } catch (error) {
    world.signal.throwIfAborted();
    if (!(error instanceof AwsError)) return { finding: brokenBy(name, error), clockOffset: null };
    const finding = broken(
      name,
      "unavailable",
      `cannot reach ${host}: ${shown(error.message)}`,
      networkHint(error, "aws-use doctor"),
    );
    return { finding, clockOffset: null };
  }
}
