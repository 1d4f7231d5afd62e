/** Which MFA device a user has, where the profile does not say: iam:ListMFADevices, asked once and remembered. */
import type { Plan } from "../core/plan.ts";
import { checkedMfaSerial, isFido } from "../core/mfa_serial.ts";
import { quoted } from "../core/text.ts";
import { Failure } from "../errors.ts";
import { AwsError } from "../world/aws.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { callAws } from "./aws_call.ts";
import { loadAws, type Wishes } from "./credentials.ts";
import { plannedFromMemory, type Planner, remember } from "./planning.ts";
import { failureOf } from "./refusals.ts";
import { plugged } from "./oath_keys.ts";

/** The plan with its device known. Throws what the call throws, but that it is refused is no error: a warning is given. */
export async function plannedWithDevice(
  world: World,
  cache: SessionCache,
  planner: Planner,
  wishes: Wishes,
): Promise<Plan> {
  const plan = wishes.noCache ? planner({}) : await plannedFromMemory(cache, planner, world.clock.nowMs());
  if (!plan.steps.some((step) => step.discoverMfa)) return plan;
  const { serial, userName, certain } = await discover(world, cache, plan, wishes);
  const askedAt = Math.floor(world.clock.nowMs() / 1000);
  if (certain && !wishes.noCache) await remember(cache, plan, { mfaSerial: serial, userName, askedAt });
  if (serial) {
    world.terminal.say(
      `aws-use: AWS knows the MFA device ${serial}; to save this question put ` +
        `"mfa_serial = ${serial}" into profile ${quoted(plan.keysFrom.profile)}`,
    );
  }
  return planner({ discoveredMfaSerial: serial });
}

async function discover(world: World, cache: SessionCache, plan: Plan, wishes: Wishes) {
  const aws = await loadAws(world, plan);
  const target = { endpoint: plan.iam, keys: plan.keys };
  try {
    const { serials, userName } = await callAws(
      world,
      aws,
      { name: "ListMFADevices", endpoint: plan.iam },
      () => aws.listMfaDevices(target, world.signal),
    );
    // STS takes codes, and FIDO devices give none.
    const usable = serials.filter((serial) => !isFido(serial));
    if (serials.length > 0 && usable.length === 0) checkedMfaSerial(serials[0]);
    const serial = usable.length > 1 ? await pluggedOf(world, cache, usable) : usable[0] ?? null;
    return { serial, userName, certain: true };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // The keys of the root user and of a federated one belong to no IAM user.
    if (error.kind === "refused" && /^(AccessDenied|NoSuchEntity|ValidationError)/.test(error.code)) {
      world.output.err(
        "aws-use: warning: AWS refuses iam:ListMFADevices, so no MFA device is known; put mfa_serial into the profile",
      );
      return { serial: null, userName: undefined, certain: false };
    }
    const clockOffset = aws.clockOffset();
    throw failureOf(error, { plan, step: null, call: "iam:ListMFADevices", ...wishes, clockOffset });
  }
}

/** Of several devices the one whose account is on a plugged key, else the first. */
async function pluggedOf(world: World, cache: SessionCache, serials: readonly string[]): Promise<string> {
  try {
    const keys = await plugged({ world, cache });
    return serials.find((serial) => keys.some((key) => key.accounts.includes(serial))) ?? serials[0];
  } catch (error) {
    if (error instanceof Failure && error.kind === "unavailable") return serials[0];
    throw error;
  }
}
