/** Certificates that the person trusts besides the system's: AWS_CA_BUNDLE, else the profile's ca_bundle. */
import type { Plan } from "../core/plan.ts";
import { shown } from "../core/text.ts";
import { Failure } from "../errors.ts";
import type { World } from "../world/world.ts";

/** PEM texts, none where no file is named. Throws Failure("io") where the file is missing or cannot be read. */
export async function caCertificates(world: World, plan: Pick<Plan, "caBundle">): Promise<readonly string[]> {
  const named = plan.caBundle ?? world.environment.get("AWS_CA_BUNDLE");
  if (!named) return [];
  const path = named.replace(/^~(?=\/)/, world.environment.get("HOME") ?? "~");
  const hint = "name a PEM file: export AWS_CA_BUNDLE=/path/to/ca.pem";
  const text = await world.files.readText(path).catch((cause) => {
    throw new Failure("io", `cannot read the CA bundle ${shown(path)}`, { hint, cause });
  });
  if (text === null) throw new Failure("io", `there is no CA bundle ${shown(path)}`, { hint });
  if (!text.includes("BEGIN CERTIFICATE")) {
    throw new Failure("io", `the CA bundle ${shown(path)} holds no certificate`, { hint });
  }
  return [text];
}
