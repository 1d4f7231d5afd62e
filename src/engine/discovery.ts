/** Which MFA device a user has, where the profile does not say: iam:ListMFADevices, asked once and remembered. */
import type { Plan } from "../core/plan.ts";
import { checkedMfaSerial, isFido } from "../core/mfa_serial.ts";
import { quoted } from "../core/text.ts";
import { AwsError } from "../world/aws.ts";
import type { SessionCache } from "../world/session_cache.ts";
import type { World } from "../world/world.ts";
import { callAws } from "./aws_call.ts";
import { loadAws } from "./credentials.ts";
import type { Wishes } from "./from_cache.ts";
import { chooseDevice } from "./device_choice.ts";
import { plannedKnowing, type Planner, recall, remember, type Remembered } from "./planning.ts";
import { failureOf } from "./refusals.ts";

/** The plan with its device known. Throws what the call throws, but that it is refused is no error: a warning is given. */
export async function plannedWithDevice(
  world: World,
  cache: SessionCache,
  planner: Planner,
  wishes: Wishes,
): Promise<Plan> {
  const unknown = planner({});
  const known = wishes.noCache ? null : await recall(cache, unknown, world.clock.nowMs());
  const several = unknown.mfaSerials ?? (wantsDevice(unknown) ? known?.mfaSerials : undefined);
  if (several !== undefined) return await plannedWithOneOf(several, known);
  const plan = known === null ? unknown : plannedKnowing(planner, known);
  if (!wantsDevice(plan)) return plan;
  const { serials, userName, certain } = await discover(world, plan, wishes);
  const found = { userName, askedAt: Math.floor(world.clock.nowMs() / 1000) };
  if (serials.length > 1) {
    tell(`the MFA devices ${serials.join(", ")}`, `aws_use_mfa_serials = ${serials.join(" ")}`);
    return await plannedWithOneOf(serials, { ...found, mfaSerials: serials });
  }
  const serial = serials[0] ?? null;
  if (certain && !wishes.noCache) await remember(cache, plan, { ...found, mfaSerial: serial });
  if (serial !== null) tell(`the MFA device ${serial}`, `mfa_serial = ${serial}`);
  return planner({ discoveredMfaSerial: serial });

  async function plannedWithOneOf(some: readonly string[], before: Remembered | null): Promise<Plan> {
    const mfaSerial = await chooseDevice(world, cache, planner, some, before?.mfaSerial, wishes);
    const chosen = planner({ discoveredMfaSerial: mfaSerial, withoutSession: before?.withoutSession });
    if (!wishes.noCache && before?.mfaSerial !== mfaSerial) {
      const askedAt = before?.askedAt ?? Math.floor(world.clock.nowMs() / 1000);
      await remember(cache, chosen, { ...before, mfaSerial, askedAt });
    }
    return chosen;
  }

  function tell(what: string, line: string): void {
    const profile = quoted(unknown.keysFrom.profile);
    world.terminal.say(`aws-use: AWS knows ${what}; to save this question put "${line}" into profile ${profile}`);
  }
}

function wantsDevice(plan: Plan): boolean {
  return plan.steps.some((step) => step.discoverMfa);
}

/** The devices of the user that give codes; not `certain` where IAM does not tell. */
async function discover(
  world: World,
  plan: Plan,
  wishes: Wishes,
): Promise<{ serials: readonly string[]; userName?: string; certain: boolean }> {
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
    return { serials: usable, userName, certain: true };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // The keys of the root user and of a federated one belong to no IAM user.
    if (error.kind === "refused" && /^(AccessDenied|NoSuchEntity|ValidationError)/.test(error.code)) {
      world.output.err(
        "aws-use: warning: AWS refuses iam:ListMFADevices, so no MFA device is known; put mfa_serial into the profile",
      );
      return { serials: [], certain: false };
    }
    const clockOffset = aws.clockOffset();
    throw failureOf(error, { plan, step: null, call: "iam:ListMFADevices", ...wishes, clockOffset });
  }
}
